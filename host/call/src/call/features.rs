//! Feature codes carried out: a client has dialled one, and its INVITE is answered by the switch itself. What the codes
//! are is the domain's configuration.

use switchhook_routing::record::{Disposition, Party};

use crate::asks::Ask;
use crate::call::end::End;
use crate::call::state::Call;
use crate::codes::{Dialled, Feature};
use crate::core::Core;

impl Call {
    /// Carries out what was dialled; nobody is asked where the call goes.
    pub(crate) fn carry_out_code(&mut self, core: &mut Core, dialled: Dialled) {
        match dialled.feature {
            Feature::DoNotDisturb(_) | Feature::Forward(..) | Feature::ForwardNothing => {
                self.refuse_code(core)
            }
            Feature::Pickup | Feature::PickupGroup | Feature::Park => {
                let call = self.key;
                core.asks.push_back(Ask::TakeUp { call, dialled });
            }
        }
    }

    fn refuse_code(&mut self, core: &mut Core) {
        self.end(core, End::of(Disposition::Failed, 480, Party::Switch));
    }
}
