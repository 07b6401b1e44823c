//! What binds a call to other calls: a transfer that one of its sides has asked for, the call that its caller is still in,
//! a party that it has lent, the slot that its caller is parked in. Data only.

use switchhook_media::relay::Side;

use crate::keys::{AddressOfRecord, CallKey};
use crate::transfer::replaces::Replaces;

/// What binds a call to other calls. Most calls have nothing of it.
///
/// A transfer makes a *new* call. Its caller is the party that stays, whichever side of the old call that was: who was
/// called becomes the caller of the new decision. Until the destination answers, the party stays in the old call
/// ([`Links::elsewhere`] of the new one, [`Links::referral`] of the old one), so that a failure changes nothing for
/// anybody. Then [`crate::call::state::Call::release`] takes it out of the old call,
/// [`crate::call::state::Call::adopt`] brings it into the new one, where it gets an INVITE of ours within its dialog, and
/// the old call ends: its record names the new one.
///
/// Where both parties are there already (a transfer with `Replaces`, an INVITE with `Replaces`, somebody who takes a call
/// out of its parking slot), one of them becomes a *leg* of the new call. It is "called" by an INVITE within its dialog
/// ([`Joined`]); its own call has lent it meanwhile ([`Links::lent`]) and gets it back if it refuses.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// A transfer that one of its sides has asked for and that is not over.
    pub(crate) referral: Option<Referral>,
    /// The call, and the side of it, that its caller is in until it is adopted.
    pub(crate) elsewhere: Option<(CallKey, Side)>,
    /// The party, a side of another call, that is to be its called side.
    pub(crate) partner: Option<(CallKey, Side)>,
    /// A side that is in another call and may come back.
    pub(crate) lent: Option<Lent>,
    /// The slot that its caller is in, or was in until just now.
    pub(crate) parked: Option<Parked>,
    /// Whether a transfer caused it.
    pub(crate) transferred: bool,
    /// How many transfers led to it.
    pub(crate) transfers: u32,
    /// The dialog that its caller wants the place of, until it is looked for.
    pub(crate) replacing: Option<Replaces>,
    /// The Replaces of the INVITEs to its destinations (RFC 3891).
    pub(crate) replaces: Option<String>,
}

/// A transfer that a side of this call has asked for.
#[derive(Debug)]
pub(crate) struct Referral {
    /// Who asked.
    pub(crate) by: Side,
    /// The call that it has become.
    pub(crate) call: CallKey,
    /// The number of the REFER, if NOTIFYs are wanted (RFC 3515 §2.4.6).
    pub(crate) subscription: Option<u32>,
    /// The last status that was told.
    pub(crate) told: u16,
}

/// A side that is in another call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lent {
    /// Which.
    pub(crate) side: Side,
    /// The leg that it was, if it was the called side.
    pub(crate) leg: Option<usize>,
    /// The call that it is in.
    pub(crate) to: CallKey,
}

/// A leg that is a party of another call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joined {
    /// The call that has lent it.
    pub(crate) lender: CallKey,
    /// How often its INVITE met another.
    pub(crate) tries: u8,
}

/// A caller in a parking slot.
#[derive(Debug, Clone)]
pub(crate) struct Parked {
    /// Who parked it, and is called when nobody comes for it.
    pub(crate) by: Option<AddressOfRecord>,
}
