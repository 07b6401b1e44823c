//! Media as pure state: SDP offers and answers, RTP and RTCP, the relay between two legs, audio for the built-in phone.
//!
//! Nothing here knows SIP, owns a socket or reads a clock. The shell that owns sockets and threads lives in the daemon.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

pub mod audio;
pub mod chance;
pub mod codec;
pub mod limits;
pub mod mixer;
pub mod recording;
pub mod relay;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod session;
pub mod sound;
pub mod terminal;
