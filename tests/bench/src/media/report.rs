//! The figures of one run, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::load::Report;
use crate::media::figures::Histogram;
use crate::media::watch::{Held, growth};
use crate::media::worker::Seen;

/// What a run found.
#[derive(Debug)]
pub struct Findings {
    /// The mode, as it was asked for.
    pub mode: String,
    /// Relaying threads of the switch.
    pub media_threads: u32,
    /// How long it was measured: seconds.
    pub seconds: f64,
    /// Calls that were up when measuring began and when it ended.
    pub up: [u32; 2],
    /// What signalling saw.
    pub calls: Report,
    /// What the telephones saw.
    pub seen: Seen,
    /// What the switch used: shares of a core by kinds of threads, and in all.
    pub cpu: (BTreeMap<String, f64>, f64),
    /// What this program used: share of a core.
    pub own_cpu: f64,
    /// What the switch held, from the beginning of measuring to its end.
    pub held: Vec<Held>,
    /// What the switch held before the first call, and when all calls were over.
    pub idle: [Option<Held>; 2],
    /// Recordings that were made.
    pub recordings: Option<usize>,
}

impl Findings {
    /// Whether the load did what it was asked: all calls were up all the time, and everybody heard something.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.up == [self.calls.offered; 2]
            && self.calls.completed == self.calls.offered
            && self.seen.heard.packets > 0
            && self.seen.heard.deaf == 0
    }

    /// Microseconds of CPU time for each packet that a telephone heard.
    fn microseconds_a_packet(&self) -> f64 {
        self.cpu.1 * self.seconds * 1e6 / self.seen.heard.packets.max(1) as f64
    }

    fn drift(&self) -> Option<[f64; 3]> {
        let mut drift = self.seen.heard.drift.clone();
        drift.sort_by(f64::total_cmp);
        Some([
            *drift.first()?,
            *drift.get(drift.len() / 2)?,
            *drift.last()?,
        ])
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let heard = &self.seen.heard;
        let held = |held: &Held| json!({ "seconds": held.seconds, "kib": held.kib, "descriptors": held.descriptors });
        json!({
            "mode": self.mode,
            "media_threads": self.media_threads,
            "seconds": self.seconds,
            "calls": {
                "asked": self.calls.offered, "up": self.up, "completed": self.calls.completed,
                "refused": self.calls.refused, "lost": self.calls.lost, "retransmissions": self.calls.retransmissions,
                "setup_us": { "p50": self.calls.setup_p50, "p99": self.calls.setup_p99 },
            },
            "packets": {
                "sent": self.seen.sent, "not_taken": self.seen.refused, "heard": heard.packets, "lost": heard.lost,
                "disordered": heard.disordered, "wrong": heard.wrong, "altered": heard.altered, "strange": self.seen.strange,
                "new_sources": heard.new_sources, "deaf_telephones": heard.deaf,
            },
            "delay_ms": times(&heard.delay),
            "jitter_ms": times(&heard.jitter),
            "first_sound_ms": times(&self.seen.first_sound),
            "behind_ms": times(&self.seen.behind),
            "drift_ppm": self.drift().map(|[lowest, median, highest]| json!({ "lowest": lowest, "median": median, "highest": highest })),
            "cpu": {
                "cores": self.cpu.1, "threads": self.cpu.0, "microseconds_a_packet": self.microseconds_a_packet(),
                "own_cores": self.own_cpu,
            },
            "held": self.held.iter().map(held).collect::<Vec<_>>(),
            "idle": self.idle.iter().map(|idle| idle.as_ref().map(held)).collect::<Vec<_>>(),
            "growth_kib_a_minute": growth(&self.held),
            "recordings": self.recordings,
        })
    }
}

fn times(histogram: &Histogram) -> Value {
    match (histogram.at(0.5), histogram.at(0.99), histogram.longest()) {
        (Some(p50), Some(p99), Some(longest)) => {
            json!({ "count": histogram.count(), "p50": p50, "p99": p99, "longest": longest })
        }
        _ => Value::Null,
    }
}

fn line(histogram: &Histogram) -> String {
    match (histogram.at(0.5), histogram.at(0.99), histogram.longest()) {
        (Some(p50), Some(p99), Some(longest)) => {
            let count = histogram.count();
            format!("{p50:.2} / {p99:.2} / {longest:.2} (of {count})")
        }
        _ => "not measured".to_owned(),
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (calls, heard) = (&self.calls, &self.seen.heard);
        let mut row = |name: &str, value: String| writeln!(f, "{name:34} {value}");
        row(
            "mode",
            format!(
                "{}, {:.0} s, {} media thread(s) of the switch",
                self.mode, self.seconds, self.media_threads
            ),
        )?;
        row(
            "calls asked / up, at the end / lost",
            format!(
                "{} / {}, {} / {}",
                calls.offered,
                self.up[0],
                self.up[1],
                calls.lost + calls.refused
            ),
        )?;
        row(
            "call setup p50 / p99, ms",
            format!(
                "{:.1} / {:.1}; retransmissions: {}",
                f64::from(calls.setup_p50) / 1e3,
                f64::from(calls.setup_p99) / 1e3,
                calls.retransmissions
            ),
        )?;
        row(
            "packets sent / heard / lost",
            format!("{} / {} / {}", self.seen.sent, heard.packets, heard.lost),
        )?;
        row(
            "disordered, wrong, altered, strange",
            format!(
                "{}, {}, {}, {}; not taken by the system: {}",
                heard.disordered, heard.wrong, heard.altered, self.seen.strange, self.seen.refused
            ),
        )?;
        row(
            "deaf telephones, new sources",
            format!("{}, {}", heard.deaf, heard.new_sources),
        )?;
        row("delay added p50 / p99 / longest, ms", line(&heard.delay))?;
        row("jitter p50 / p99 / longest, ms", line(&heard.jitter))?;
        row("answer to sound, the same", line(&self.seen.first_sound))?;
        row("the load was behind, the same", line(&self.seen.behind))?;
        let drift = self
            .drift()
            .map(|[lowest, median, highest]| format!("{lowest:.2} / {median:.2} / {highest:.2}"));
        row(
            "drift lowest / median / highest, ppm",
            drift.unwrap_or("not measured".to_owned()),
        )?;
        let per_call = self.cpu.1 * 1e3 / f64::from(self.up[1].max(1));
        row(
            "CPU of the switch, cores",
            format!(
                "{:.3}; {per_call:.3} thousandths a call, {:.2} ms per 1,000 packets heard",
                self.cpu.1,
                self.microseconds_a_packet()
            ),
        )?;
        for (kind, share) in &self.cpu.0 {
            row(&format!("  threads {kind}"), format!("{share:.3}"))?;
        }
        row("CPU of this load, cores", format!("{:.3}", self.own_cpu))?;
        let held = [
            ("  held before the first call", self.idle[0].as_ref()),
            ("  held at the beginning", self.held.first()),
            ("  held at the end", self.held.last()),
            ("  held after the last call", self.idle[1].as_ref()),
        ];
        for (when, held) in held {
            if let Some(Held {
                kib, descriptors, ..
            }) = held
            {
                row(when, format!("{kib} KiB, {descriptors} descriptors"))?;
            }
        }
        let growth = growth(&self.held).map(|growth| format!("{growth:.1} KiB a minute"));
        row(
            "memory grows by",
            growth.unwrap_or("not measured".to_owned()),
        )?;
        if let Some(recordings) = self.recordings {
            row("recordings", recordings.to_string())?;
        }
        Ok(())
    }
}
