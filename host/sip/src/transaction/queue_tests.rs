//! Tests of queue.
