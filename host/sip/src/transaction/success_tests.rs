//! Tests of success.
