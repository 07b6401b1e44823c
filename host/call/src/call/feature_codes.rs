//! Feature codes carried out: a client has dialled one, and the switch itself answers. What the codes are is the domain's
//! configuration.
//!
//! A code that sets something is answered, two beeps confirm it, and the switch hangs up. A code that cannot be carried out is refused, with a status that says why.

use switchhook_routing::record::{Disposition, Party};

use crate::acts::answer::Confirming;
use crate::acts::retrieval::{Claim, Retrieving};
use crate::asks::Ask;
use crate::call::end::End;
use crate::call::media_verbs::{Begun, Needs};
use crate::call::state::Call;
use crate::codes::{Dialled, Feature, Occasion};
use crate::core::Core;
use crate::forwarding::{Change, ClientSettings};
use crate::keys::AddressOfRecord;

impl Call {
    /// Carries out what was dialled; nobody is asked where the call goes.
    pub(crate) fn carry_out_code(&mut self, core: &mut Core, dialled: Dialled) {
        match dialled.feature {
            Feature::DoNotDisturb(switch) => self.change_settings(core, |settings| {
                vec![Change::DoNotDisturb(switch.apply(settings.do_not_disturb))]
            }),
            Feature::Forward(occasion, true) => self.forward_to(core, occasion, dialled.argument),
            Feature::Forward(occasion, false) => {
                self.change_settings(core, |_| vec![Change::Forward(occasion, None)]);
            }
            Feature::ForwardNothing => self.change_settings(core, |_| {
                Occasion::ALL
                    .map(|occasion| Change::Forward(occasion, None))
                    .into()
            }),
            Feature::Pickup | Feature::PickupGroup | Feature::Park | Feature::Supervise(_) => {
                let call = self.key;
                core.asks.push_back(Ask::TakeUp { call, dialled });
            }
            Feature::OwnMailbox => match self.caller_client() {
                Some(client) => {
                    let config = std::sync::Arc::clone(&self.config);
                    let domain = config.domains.get(&client.domain);
                    let mailbox =
                        domain.map_or(client.user.as_str(), |d| d.mailbox_of(&client.user));
                    self.retrieve(core, mailbox.to_owned(), Claim::Owner);
                }
                None => self.refuse_code(core, 403),
            },
            Feature::AnyMailbox => self.retrieve(core, dialled.argument, Claim::Anybody),
        }
    }

    /// Lets the caller hear a mailbox; empty: the one that it enters.
    fn retrieve(&mut self, core: &mut Core, mailbox: String, claim: Claim) {
        let language = self
            .domain()
            .map(|domain| domain.conference.language.clone());
        let act = Retrieving::new(mailbox, claim, language.unwrap_or_default());
        let begun = self.perform_act(core, Box::new(act), Needs::Answer);
        if begun != Begun::Waits {
            let status = if self.session.is_some() { 488 } else { 503 };
            self.refuse_code(core, status);
        }
    }

    fn forward_to(&mut self, core: &mut Core, occasion: Occasion, number: String) {
        let own = self.caller_client();
        if own.is_some_and(|client| client.user == number) {
            return self.refuse_code(core, 403);
        }
        self.change_settings(core, |_| vec![Change::Forward(occasion, Some(number))]);
    }

    fn change_settings(
        &mut self,
        core: &mut Core,
        changes: impl FnOnce(&ClientSettings) -> Vec<Change>,
    ) {
        let Some(client): Option<AddressOfRecord> = self.caller_client() else {
            return self.refuse_code(core, 403);
        };
        if !core.can_set(&client) {
            return self.refuse_code(core, 503);
        }
        if self.confirm_code(core) {
            let changes = changes(&core.settings_of(&client));
            core.change_settings(&client, changes);
        }
    }

    /// 200, beeps, and BYE. `false`: it was refused.
    fn confirm_code(&mut self, core: &mut Core) -> bool {
        let begun = self.perform_act(core, Box::new(Confirming), Needs::Answer);
        if begun != Begun::Waits {
            let status = if self.session.is_some() { 488 } else { 503 };
            self.refuse_code(core, status);
        }
        begun == Begun::Waits
    }

    fn refuse_code(&mut self, core: &mut Core, status: u16) {
        self.end(core, End::of(Disposition::Failed, status, Party::Switch));
    }
}
