//! SIP messages as they are received: one buffer, offsets into it, and views that borrow. Nothing is copied, unescaped
//! or unfolded before someone asks. Building messages is [`crate::build`].

pub mod cseq;
pub mod error;
pub mod fields;
pub mod header_name;
pub mod name_addr;
mod needed;
pub mod params;
mod parse;
pub mod received;
pub mod reject;
pub mod request;
pub mod response;
mod scan;
pub(crate) mod text;
pub mod via;

pub use cseq::CSeq;
pub use error::{InvalidValue, ParseError, ParseErrorKind, Reply};
pub use fields::Fields;
pub use header_name::HeaderName;
pub use name_addr::NameAddr;
pub use params::{Param, Params};
pub use received::Message;
pub use reject::reject;
pub use request::Request;
pub use response::Response;
pub use via::Via;

#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod quirks_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod torture_tests;
