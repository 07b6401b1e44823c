//! Tests of simulated calls.
