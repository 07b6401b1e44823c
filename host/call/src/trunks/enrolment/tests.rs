//! A registration at a trunk, step by step.
