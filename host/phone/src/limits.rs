//! Every limit of the phone, in one place.

use std::time::Duration;

/// Calls that one phone can be allowed to hold at the same time.
pub const MAX_CALLS: usize = 64;

/// How often one request is repeated with credentials before the phone believes that they are wrong.
pub const MAX_CHALLENGES: u8 = 2;

/// How long a call may ring: then an outgoing one is cancelled, an incoming one refused (480).
pub const MAX_RING: Duration = Duration::from_secs(300);

/// How often a re-INVITE that met another one (491, RFC 3261 §14.1) is tried again.
pub const MAX_GLARE_RETRIES: u8 = 5;

/// The shortest registration that the phone refreshes: below it a misled registrar would make the phone spin.
pub const MIN_REGISTRATION_SECONDS: u32 = 5;

/// Outputs kept until the shell takes them; a shell that drains after each input never meets it.
pub const MAX_OUTPUTS: usize = 4096;
