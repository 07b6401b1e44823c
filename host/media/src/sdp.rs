//! SDP offers and answers (RFC 3264) of a back-to-back user agent that anchors media: what one side said is read with
//! [`Offer::parse`] and [`Answer::parse`] and said again to the other side with our own address. Of a description with
//! several media the first acceptable audio line is relayed; the others are refused in their places.

pub mod address;
pub mod answer;
pub mod codec;
mod description;
pub mod encodings;
pub mod error;
pub mod layout;
mod negotiation;
pub mod offer;
mod session;
pub mod terms;
mod write;

pub use address::{Direction, LocalMedia, RemoteMedia, SdpOrigin};
pub use answer::Answer;
pub use codec::Codec;
pub use encodings::Encodings;
pub use error::SdpError;
pub use layout::Layout;
pub use offer::{Offer, Told};
pub use terms::Terms;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
