//! Tests of non invite client.
