//! CSeq: the number and method of a request (RFC 3261 §20.16).

use std::fmt;

use crate::limits::CSEQ_MAX;
use crate::message::text::{Span, is_token, is_white, number, trim};
use crate::method::Method;

/// The value of CSeq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// The number, below 2³¹.
    pub number: u32,
    /// The method.
    pub method: Method<'a>,
}

/// The number, and where the method lies in the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spans {
    pub(crate) number: u32,
    pub(crate) method: Span,
}

impl Spans {
    pub(crate) fn parse(value: &[u8]) -> Option<Spans> {
        let gap = value.iter().position(|byte| is_white(*byte))?;
        let (digits, method) = value.split_at_checked(gap)?;
        let number = u32::try_from(number(digits)?).ok()?;
        let method = trim(method);
        (number <= CSEQ_MAX && is_token(method)).then(|| Spans {
            number,
            method: Span::of(method, value),
        })
    }
}

impl fmt::Display for CSeq<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}
