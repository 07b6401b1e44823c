//! Calls with media through the switch: telephones that speak and hear, what is asked of the switch in each mode, and the figures.

pub mod figures;
pub mod hearing;
pub mod mode;
pub mod phones;
pub mod report;
pub mod sdp;
pub mod stream;
pub mod voice;
pub mod watch;
pub mod worker;
