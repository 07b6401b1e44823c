//! The modes of the load: what is called, what the switch is configured to do with it, and in which encodings.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;

use switchhook_media::codec::Encoding;

use crate::media::voice::{Sound, samples};

/// Members of one conference room.
pub const ROOM: u32 = 50;
/// The share of packets that callers who press keys lose.
pub const KEY_LOSS: f64 = 0.05;
/// What a caller dials to be asked for keys.
const MENU: &str = "menu";
/// How long the prompt is that is played again and again: seconds.
const PROMPT_SECONDS: usize = 10;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Calls of G.711 through and through.
    Relay,
    /// The caller has G.711 µ-law alone, the called side this encoding alone.
    Transcode(Encoding),
    /// As `Relay`, and every call is recorded.
    Record,
    /// The switch answers and plays a recording again and again.
    Prompt,
    /// As `Prompt` with a tone, which lies in no file.
    Tone,
    /// Rooms of [`ROOM`] callers.
    Conference,
    /// The switch answers, callers press four keys, and are connected to the number that they pressed.
    Gather,
}

impl FromStr for Mode {
    type Err = ();

    fn from_str(text: &str) -> Result<Mode, ()> {
        match text {
            "relay" => Ok(Mode::Relay),
            "record" => Ok(Mode::Record),
            "prompt" => Ok(Mode::Prompt),
            "tone" => Ok(Mode::Tone),
            "conference" => Ok(Mode::Conference),
            "gather" => Ok(Mode::Gather),
            _ => text
                .strip_prefix("transcode-")
                .and_then(Encoding::named)
                .map(Mode::Transcode)
                .ok_or(()),
        }
    }
}

impl Mode {
    /// The encoding of callers.
    #[must_use]
    pub fn caller(self) -> Encoding {
        Encoding::Pcmu
    }

    /// The encoding of the called side.
    #[must_use]
    pub fn callee(self) -> Encoding {
        match self {
            Mode::Transcode(encoding) => encoding,
            _ => Encoding::Pcmu,
        }
    }

    /// Whether payloads pass the switch untouched.
    #[must_use]
    pub fn is_relayed(self) -> bool {
        matches!(self, Mode::Relay | Mode::Record | Mode::Gather)
    }

    /// Whether the switch plays something, whose beginning is waited for.
    #[must_use]
    pub fn is_played(self) -> bool {
        matches!(self, Mode::Prompt | Mode::Tone)
    }

    /// What a telephone says where payloads do not pass untouched.
    #[must_use]
    pub fn sound(self, call: u32) -> Sound {
        match self {
            _ if self.is_played() => Sound::Murmur,
            // One speaks, the others of the room are not quite silent.
            Mode::Conference if !call.is_multiple_of(ROOM) => Sound::Murmur,
            _ => Sound::Speech,
        }
    }

    /// The number that a call dials.
    #[must_use]
    pub fn number(self, call: u32) -> String {
        match self {
            Mode::Conference => format!("room{}", call / ROOM),
            Mode::Gather => MENU.to_owned(),
            _ => keys(call),
        }
    }

    /// The plugins that it needs.
    #[must_use]
    pub fn plugins(self) -> &'static [&'static str] {
        match self {
            Mode::Gather => &["table", "menu"],
            _ => &["table"],
        }
    }

    /// The configuration of the switch, and the files that it names, in this folder.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn configure(
        self,
        listen: SocketAddr,
        callee: SocketAddr,
        media_threads: u32,
        folder: &Path,
    ) -> io::Result<String> {
        let connect = format!(
            r#"{{ connect = {{ targets = [{{ endpoint = {{ uri = "sip:{{callee}}@{callee}" }} }}] }} }}"#
        );
        let (mut media_keys, mut sections) = (String::new(), String::new());
        let mut dialplan = "\"*\" = \"table\"".to_owned();
        let script = match self {
            Mode::Relay | Mode::Transcode(_) => format!("[{connect}]"),
            Mode::Record => {
                sections = "[recording]\nfolder = \"BENCH_FOLDER/recordings\"\n".to_owned();
                format!(r#"[{{ record = {{ action = "start" }} }}, {connect}]"#)
            }
            Mode::Prompt => {
                media_keys = "folder = \"BENCH_FOLDER\"\n".to_owned();
                fs::write(folder.join("prompt.wav"), prompt())?;
                r#"["answer", { announce = { prompts = [{ file = "prompt.wav" }], times = 100 } }]"#
                    .to_owned()
            }
            Mode::Tone => {
                r#"["answer", { announce = { prompts = [{ tone = { kind = "dial", milliseconds = 60000 } }], times = 100 } }]"#.to_owned()
            }
            Mode::Conference => r#"["answer", { conference = { room = "{callee}" } }]"#.to_owned(),
            Mode::Gather => {
                dialplan.push_str(&format!("\n\"{MENU}\" = \"menu\""));
                sections = r#"
[plugins.menu]
file = "BENCH_PLUGINS/menu.wasm"
settings = { start = "keys", menus = { keys = { prompts = [], digits = 4, first_digit_milliseconds = 30000, options = { "????" = { redial = "{digits}" } } } } }
"#
                .to_owned();
                format!("[{connect}]")
            }
        };
        sections.push_str(&format!(
            "\n[plugins.table]\nfile = \"BENCH_PLUGINS/table.wasm\"\n[plugins.table.settings.routes]\n\"*\" = {script}\n"
        ));
        Ok(include_str!("../../media.toml")
            .replace("BENCH_SECTIONS", &sections)
            .replace("BENCH_MEDIA_KEYS", &media_keys)
            .replace("BENCH_DIALPLAN", &dialplan)
            .replace("BENCH_MEDIA_THREADS", &media_threads.to_string())
            .replace("BENCH_LISTEN", &listen.to_string())
            .replace("BENCH_CALLEE", &callee.to_string()))
    }
}

/// The keys that a call presses, or the number that it dials: its own.
#[must_use]
pub fn keys(call: u32) -> String {
    format!("{call:04}")
}

/// A recording at 16 kHz, 16 bits, that is heard from its first sample on (RIFF WAVE, as in Microsoft's multimedia interface of 1991).
fn prompt() -> Vec<u8> {
    const RATE: u32 = 16_000;
    let second = samples(RATE, Sound::Speech);
    let data: Vec<u8> = std::iter::repeat_n(second, PROMPT_SECONDS)
        .flatten()
        .flat_map(i16::to_le_bytes)
        .collect();
    let length = data.len() as u32;
    let mut file = Vec::with_capacity(data.len() + 44);
    file.extend(b"RIFF");
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    for word in [1_u16, 1] {
        file.extend(word.to_le_bytes());
    }
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    for word in [2_u16, 16] {
        file.extend(word.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(data);
    file
}
