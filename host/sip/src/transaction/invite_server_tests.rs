//! Tests of invite server.
