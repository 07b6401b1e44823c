//! What the switch keeps of what was said: the recorder and the mailboxes, as the loops, the media shell and the operator share
//! them.

use std::io;
use std::sync::Arc;

use switchhook_call::input::{Command, Input};
use switchhook_call::keys::Ticket;
use switchhook_call::owner::exchange_of_domain;
use switchhook_call::voicemail::{MailboxReply, MailboxRequest};

use crate::config::recording;
use crate::config::settings::Settings;
use crate::event_loop::Message;
use crate::loops::Loops;
use crate::recordings::Recorder;
use crate::voicemail::Voicemail;

/// The recorder and the mailboxes.
#[derive(Clone)]
pub struct Archive {
    recorder: Arc<Recorder>,
    voicemail: Option<Arc<Voicemail>>,
    loops: Arc<Loops>,
}

impl Archive {
    /// Starts both, as the settings say, and tells the exchanges how many messages wait.
    ///
    /// # Errors
    /// A thread cannot be had.
    pub fn start(settings: &Settings, loops: &Arc<Loops>) -> io::Result<Archive> {
        let exchanges = settings.exchanges;
        let told = Arc::clone(loops);
        let lamp = move |mailbox: switchhook_call::keys::AddressOfRecord, counts| {
            let number = exchange_of_domain(&mailbox.domain, exchanges);
            let command = Command::Mailbox { mailbox, counts };
            told.tell(number, Message::Input(Input::Command(command)));
        };
        let voicemail = recording::all_mailboxes(settings)
            .map(|config| Voicemail::start(config, Box::new(lamp)).map(Arc::new))
            .transpose()?;
        let letterbox = voicemail.as_ref().map(|voicemail| voicemail.letterbox());
        let recorder = Recorder::start(settings.recording.clone(), letterbox)?;
        Ok(Archive {
            recorder: Arc::new(recorder),
            voicemail,
            loops: Arc::clone(loops),
        })
    }

    /// Who makes recordings.
    pub fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    /// The mailboxes, if there are any.
    pub fn voicemail(&self) -> Option<&Arc<Voicemail>> {
        self.voicemail.as_ref()
    }

    /// Other settings hold from now on.
    pub fn configure(&self, settings: &Settings) {
        if let (Some(voicemail), Some(config)) =
            (&self.voicemail, recording::all_mailboxes(settings))
        {
            voicemail.configure(config);
        }
    }

    /// Asks a mailbox; the loop of this number is told the answer. Never blocks.
    pub fn ask(&self, request: MailboxRequest, number: u8) {
        let MailboxRequest {
            ticket,
            mailbox,
            wish,
        } = request;
        let Some(voicemail) = &self.voicemail else {
            let why = "this switch has no mailboxes: there is no [voicemail] in its configuration";
            return reply(
                &self.loops,
                number,
                ticket,
                MailboxReply::Failed(why.to_owned()),
            );
        };
        let loops = Arc::clone(&self.loops);
        let answer = move |answer| reply(&loops, number, ticket, answer);
        voicemail.ask(mailbox, wish, Box::new(answer));
    }
}

fn reply(loops: &Loops, number: u8, ticket: Ticket, reply: MailboxReply) {
    loops.tell(number, Message::Input(Input::Mailbox { ticket, reply }));
}
