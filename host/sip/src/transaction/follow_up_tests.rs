//! Tests of follow up.
