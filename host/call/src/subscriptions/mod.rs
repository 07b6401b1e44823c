//! Subscriptions (RFC 6665): who asks to be told how somebody's calls, mailbox or presence stand, and is told when they
//! change. Only clients of a domain may ask, and only about their own domain.

pub(crate) mod dialog_info;
pub mod mailbox;
pub(crate) mod mailboxes;
pub(crate) mod notify;
pub mod package;
pub(crate) mod presence;
pub(crate) mod publications;
pub(crate) mod publish;
pub(crate) mod subscribe;
pub mod table;
pub(crate) mod xml;
