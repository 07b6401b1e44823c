//! Tests of the developer's loop with a plugin that is shipped: through the functions that the command line calls.
