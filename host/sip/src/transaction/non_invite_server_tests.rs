//! Tests of non invite server.
