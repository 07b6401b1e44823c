//! A load generator: caller and callee in one thread, whole calls (INVITE, 180, 200, ACK, BYE, 200) through a SIP
//! server, open loop. It counts what it sends, and does as little else as it can, so that the server is what is measured.

mod callee;
mod caller;
pub mod phones;
mod text;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use callee::Callee;
use caller::Caller;
use phones::{Phones, Silent};

use crate::socket::wait_readable;

pub use text::header;

/// From the 200 for the caller's BYE to the BYE that the called side gets.
const LAST_BYE: Duration = Duration::from_millis(20);

/// What to offer.
#[derive(Debug, Clone)]
pub struct Load {
    /// The server.
    pub target: SocketAddr,
    /// Where the callee answers; the server must route the calls there.
    pub callee: SocketAddr,
    /// The domain in the Request-URI and in From and To.
    pub domain: String,
    /// The number that is dialled.
    pub number: String,
    /// Calls offered per second.
    pub rate: f64,
    /// How many calls in all.
    pub calls: u32,
    /// From answer to BYE.
    pub hold: Duration,
    /// How long to wait for calls that are still under way when all were offered.
    pub grace: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Calls offered.
    pub offered: u32,
    /// Calls that went through to the 200 for their BYE.
    pub completed: u32,
    /// Calls that a final response refused.
    pub refused: u32,
    /// Calls that timed out or were left over.
    pub lost: u32,
    /// Requests and 2xx that had to be sent again, by either side.
    pub retransmissions: u32,
    /// The most calls that were up at the same time.
    pub most_at_once: u32,
    /// From the first INVITE to the end of the offer: seconds.
    pub seconds: f64,
    /// Completed calls per second while calls were offered.
    pub goodput: f64,
    /// From INVITE to 200: microseconds, median and 99th percentile.
    pub setup_p50: u32,
    /// See `setup_p50`.
    pub setup_p99: u32,
}

impl Report {
    /// Whether every call went through at the first attempt.
    pub fn is_clean(&self) -> bool {
        self.completed == self.offered && self.retransmissions == 0
    }
}

/// What the caller's and the callee's side count.
#[derive(Debug, Default)]
struct Counts {
    completed: u32,
    refused: u32,
    lost: u32,
    retransmissions: u32,
    up: u32,
    most_at_once: u32,
    setup_microseconds: Vec<u32>,
}

/// Offers the load and waits for its end; calls `at_peak` once when half of the calls were offered.
///
/// # Errors
/// When the sockets cannot be opened.
pub fn run(load: &Load, at_peak: impl FnMut()) -> std::io::Result<Report> {
    run_with(load, &mut Silent, at_peak)
}

/// As [`run`], with telephones that have media.
///
/// # Errors
/// When the sockets cannot be opened.
pub fn run_with(
    load: &Load,
    phones: &mut impl Phones,
    mut at_peak: impl FnMut(),
) -> std::io::Result<Report> {
    let mut counts = Counts::default();
    let mut caller = Caller::bind(load)?;
    let mut callee = Callee::bind(load.callee)?;
    let start = Instant::now();
    let mut offered = 0;
    let mut offer_ended: Option<(Instant, u32)> = None;
    let mut peak_told = false;
    loop {
        let now = Instant::now();
        let due = (now.duration_since(start).as_secs_f64() * load.rate) as u32;
        // A generator that fell behind catches up in small steps, so that it keeps reading.
        let batch = due.min(load.calls).saturating_sub(offered).min(64);
        for _ in 0..batch {
            caller.invite(now, offered, phones);
            offered += 1;
        }
        if !peak_told && offered >= load.calls / 2 {
            peak_told = true;
            at_peak();
        }
        let busy = caller.receive(now, &mut counts, phones) | callee.receive(now, phones);
        caller.timers(now, &mut counts, phones);
        callee.timers(now, &mut counts);
        if offered == load.calls {
            let (ended, _) = *offer_ended.get_or_insert((now, counts.completed));
            if caller.is_idle() || now.duration_since(ended) > load.grace + load.hold {
                break;
            }
        }
        if !busy && batch == 0 {
            wait_readable(
                &[caller.socket(), callee.socket()],
                Duration::from_millis(1),
            );
        }
    }
    // The called side of the last call is still to be hung up.
    let quiet = Instant::now() + LAST_BYE;
    while Instant::now() < quiet {
        callee.receive(Instant::now(), phones);
        wait_readable(&[callee.socket()], Duration::from_millis(1));
    }
    Ok(report(
        load,
        offered,
        start,
        offer_ended,
        counts,
        caller.left_over(),
    ))
}

fn report(
    load: &Load,
    offered: u32,
    start: Instant,
    offer_ended: Option<(Instant, u32)>,
    mut counts: Counts,
    left_over: u32,
) -> Report {
    let (ended, completed_then) = offer_ended.unwrap_or((start, 0));
    let seconds = ended.duration_since(start).as_secs_f64().max(0.001);
    counts.setup_microseconds.sort_unstable();
    let percentile = |share: f64| {
        let index = (counts.setup_microseconds.len() as f64 * share) as usize;
        counts
            .setup_microseconds
            .get(index.min(counts.setup_microseconds.len().saturating_sub(1)))
    };
    // Calls that hold have not ended when the offer ends: count them all there.
    let completed_in_time = if load.hold.is_zero() {
        completed_then
    } else {
        counts.completed
    };
    Report {
        offered,
        completed: counts.completed,
        refused: counts.refused,
        lost: counts.lost + left_over,
        retransmissions: counts.retransmissions,
        most_at_once: counts.most_at_once,
        seconds,
        goodput: f64::from(completed_in_time) / seconds,
        setup_p50: percentile(0.5).copied().unwrap_or(0),
        setup_p99: percentile(0.99).copied().unwrap_or(0),
    }
}
