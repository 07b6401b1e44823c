//! Tests of invite client.
