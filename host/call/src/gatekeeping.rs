//! Registrations that a plugin decides about: what it is asked, what its answer means.

use switchhook_routing::registration::Gated;

use crate::core::Core;
use crate::keys::GateTicket;

/// A gatekeeper has answered.
pub(crate) fn decided(_core: &mut Core, _ticket: GateTicket, _gated: Gated) {}
