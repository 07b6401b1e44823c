//! The sound of one call: a task that sends a packet every 20 ms and collects what arrives.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use switchhook_media::audio::receiver::{Received, Receiver};
use switchhook_media::audio::sender::{FRAME_SAMPLES, Sender, SenderConfig};
use switchhook_media::codec::g711::Law;
use switchhook_media::sdp::Codec;
use switchhook_phone::output::CallMedia;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::cli::phone::chance::chance;
use crate::cli::phone::sound::{RATE, Source};

/// How much waits before playing begins: milliseconds.
const JITTER_MS: u32 = 60;
/// The most that is recorded: samples (ten minutes).
const MAX_RECORDED: usize = 600 * RATE as usize;
/// The time of one packet.
const FRAME: Duration = Duration::from_millis(20);

/// What a call sounded like.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// What was heard, from the answer on.
    pub(super) samples: Vec<i16>,
    /// The digits that were heard as events.
    pub(super) digits: String,
    /// Packets sent.
    pub(super) sent: u64,
    /// What was counted of those received.
    pub(super) received: Received,
}

#[derive(Debug)]
enum Order {
    Media(CallMedia),
    Digits(String),
}

/// The task of a call's sound. Dropping it ends the sound.
pub(super) struct Audio {
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<Heard>,
}

impl Audio {
    /// Begins to send `source` and to listen.
    pub(super) fn start(socket: Arc<UdpSocket>, media: &CallMedia, source: Source) -> Audio {
        let (orders, inbox) = mpsc::unbounded_channel();
        let task = tokio::spawn(Talk::new(socket, media, source).run(inbox));
        Audio { orders, task }
    }

    /// Where sound goes has changed.
    pub(super) fn change(&self, media: CallMedia) {
        // A task that ended needs no orders.
        let _ = self.orders.send(Order::Media(media));
    }

    /// Sends digits as events.
    pub(super) fn digits(&self, digits: &str) {
        let _ = self.orders.send(Order::Digits(digits.to_owned()));
    }

    /// Ends the sound; what was heard.
    pub(super) async fn stop(self) -> Heard {
        drop(self.orders);
        self.task.await.unwrap_or_default()
    }
}

/// Two neighbouring UDP ports, the first of them even (RFC 3550 §11): for RTP, and for RTCP, which the phone ignores.
pub(super) async fn bind_pair(address: IpAddr) -> io::Result<(UdpSocket, UdpSocket)> {
    const TRIES: usize = 50;
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let first = UdpSocket::bind(SocketAddr::new(address, 0)).await?;
        let port = first.local_addr()?.port();
        if port % 2 == 1 || port == u16::MAX {
            continue;
        }
        match UdpSocket::bind(SocketAddr::new(address, port + 1)).await {
            Ok(second) => return Ok((first, second)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

struct Talk {
    socket: Arc<UdpSocket>,
    source: Source,
    sender: Sender,
    receiver: Receiver,
    send_to: Option<SocketAddr>,
    heard: Heard,
}

impl Talk {
    fn new(socket: Arc<UdpSocket>, media: &CallMedia, source: Source) -> Talk {
        Talk {
            socket,
            source,
            sender: Sender::new(sender_config(&media.codecs)),
            receiver: Receiver::new(&media.codecs, JITTER_MS),
            send_to: destination(media),
            heard: Heard::default(),
        }
    }

    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) -> Heard {
        let mut ticks = interval_at(Instant::now(), FRAME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut buffer = vec![0; 2_048];
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Media(media)) => self.send_to = destination(&media),
                    Some(Order::Digits(digits)) => {
                        for digit in digits.chars() {
                            self.sender.send_digit(digit);
                        }
                    }
                    None => break,
                },
                received = self.socket.recv_from(&mut buffer) => {
                    // A port that nobody listens on yet is reported here; what follows may arrive.
                    if let Ok((length, _)) = received
                        && let Some(packet) = buffer.get(..length)
                    {
                        self.receiver.push(packet);
                    }
                }
                _ = ticks.tick() => self.frame().await,
            }
        }
        self.heard.received = self.receiver.received();
        self.heard
    }

    /// One packet out, one frame in.
    async fn frame(&mut self) {
        let mut samples = [0; FRAME_SAMPLES];
        self.source.fill(&mut samples);
        match self.send_to {
            Some(address) => {
                let packet = self.sender.packet(&samples);
                if self.socket.send_to(&packet, address).await.is_ok() {
                    self.heard.sent += 1;
                }
            }
            None => self.sender.skip(FRAME_SAMPLES as u32),
        }
        self.receiver.pull(&mut samples);
        if self.heard.samples.len() < MAX_RECORDED {
            self.heard.samples.extend_from_slice(&samples);
        }
        while let Some(digit) = self.receiver.poll_digit() {
            self.heard.digits.push(digit);
        }
    }
}

/// Where to send, unless the other side does not want to hear.
fn destination(media: &CallMedia) -> Option<SocketAddr> {
    media
        .remote
        .rtp
        .filter(|_| media.remote.direction.receives())
}

fn sender_config(codecs: &[Codec]) -> SenderConfig {
    let sound = codecs
        .iter()
        .find_map(|codec| Some((Law::of_name(&codec.name)?, codec.payload_type)));
    let (law, payload_type) = sound.unwrap_or((Law::Mu, 0));
    let event = codecs.iter().find(|codec| codec.is_telephone_event());
    let chance = chance();
    SenderConfig {
        law,
        payload_type,
        event_type: event.map(|codec| codec.payload_type),
        ssrc: chance as u32,
        sequence: (chance >> 32) as u16,
        timestamp: (chance >> 16) as u32,
    }
}
