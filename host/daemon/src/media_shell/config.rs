//! How the media shell is set up, and whom it tells.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use switchhook_call::input::Input;
use switchhook_media::relay::RelayConfig;

use crate::recordings::Recorder;

/// Takes what the exchange is told: `Input::PortsGranted` and `Input::Media`. Called on the shell's threads; must not block.
pub type MediaSink = Arc<dyn Fn(Input) + Send + Sync>;

/// How the media shell is set up.
#[derive(Debug, Clone)]
pub struct MediaShellConfig {
    /// The addresses to bind, at most one of each family.
    pub addresses: Vec<MediaAddress>,
    /// The first port of the range. RTP takes even ports, RTCP the odd ones after them.
    pub first_port: u16,
    /// The last port of the range, included.
    pub last_port: u16,
    /// Relaying threads, at least 1.
    pub threads: usize,
    /// How long a used port rests before another call gets it, so that late packets of the old call reach nobody.
    pub rest: Duration,
    /// How relays behave.
    pub relay: RelayConfig,
    /// Who makes recordings; `None`: nothing is recorded.
    pub recorder: Option<Arc<Recorder>>,
}

/// An address that media is received at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaAddress {
    /// The address to bind.
    pub bind: IpAddr,
    /// The address that SDP names: another one if the switch is behind address translation.
    pub advertised: IpAddr,
}

impl Default for MediaShellConfig {
    fn default() -> MediaShellConfig {
        MediaShellConfig {
            addresses: Vec::new(),
            first_port: 16_384,
            last_port: 32_767,
            threads: 1,
            rest: Duration::from_secs(3),
            relay: RelayConfig::default(),
            recorder: None,
        }
    }
}
