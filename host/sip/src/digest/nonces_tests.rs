//! Tests of the nonces.
