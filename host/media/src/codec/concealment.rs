//! Concealment of lost packets behind any decoder, in the manner of ITU-T G.711 appendix I: the last cycles of the voice are repeated,
//! more of them the longer it lasts, and fade to silence; what arrives afterwards is faded in. Unlike the appendix it delays nothing.

/// The longest and the shortest cycle of a voice, in samples of 8,000 Hz: 66 to 200 Hz.
const LONGEST: usize = 120;
const SHORTEST: usize = 40;
/// The stretch that is compared with earlier ones: 20 ms.
const COMPARED: usize = 160;
/// What is remembered: three of the longest cycles and a quarter to blend.
const REMEMBERED: usize = 390;
/// 10 ms: after it another cycle is taken in, and fading begins.
const STEP: usize = 80;
/// Steps until nothing is heard.
const STEPS: usize = 6;

/// Conceals what one stream has lost.
#[derive(Debug, Clone)]
pub struct Concealment {
    /// How many times 8,000 Hz the rate is.
    factor: usize,
    /// What was heard last, concealed stretches included.
    history: Vec<i16>,
    /// What was heard before the loss.
    before: Vec<i16>,
    /// The length of the voice's cycle in `before`.
    cycle: usize,
    /// How many samples have been concealed since.
    lost: usize,
}

impl Concealment {
    /// For a stream of `rate` samples per second: 8,000 or a multiple of it.
    pub fn new(rate: u32) -> Concealment {
        let factor = usize::try_from(rate / 8_000).unwrap_or(1).max(1);
        Concealment {
            factor,
            history: vec![0; REMEMBERED * factor],
            before: Vec::with_capacity(REMEMBERED * factor),
            cycle: SHORTEST * factor,
            lost: 0,
        }
    }

    /// Takes what was decoded. After a loss its beginning is blended with the end of what was made up.
    pub fn heard(&mut self, samples: &mut [i16]) {
        if self.lost > 0 {
            // 4 ms, and as many more for every 10 ms that were lost, up to 10 ms.
            let long = 32 * self.factor + self.lost * 2 / 5;
            let long = long.min(STEP * self.factor).min(samples.len());
            for (index, sample) in samples.iter_mut().take(long).enumerate() {
                *sample = blend(self.made_up(self.lost + index), *sample, index, long);
            }
            self.lost = 0;
        }
        self.remember(samples);
    }

    /// Appends `samples` samples that stand for a lost stretch.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        if self.lost == 0 {
            self.before.clone_from(&self.history);
            self.cycle = cycle(&self.before, self.factor);
        }
        let start = out.len();
        let audible = (STEP * STEPS * self.factor).saturating_sub(self.lost);
        let first = self.lost;
        out.extend((first..first + samples.min(audible)).map(|at| self.made_up(at)));
        out.resize(start + samples, 0);
        self.lost = self.lost.saturating_add(samples);
        let made = out.get(start..).unwrap_or(&[]).to_vec();
        self.remember(&made);
    }

    fn remember(&mut self, samples: &[i16]) {
        let kept = REMEMBERED * self.factor;
        let samples = samples.get(samples.len().saturating_sub(kept)..);
        self.history.extend_from_slice(samples.unwrap_or(&[]));
        self.history
            .drain(..self.history.len().saturating_sub(kept));
    }

    /// The sample at `at` since the loss began.
    fn made_up(&self, at: usize) -> i16 {
        let step = STEP * self.factor;
        let quarter = self.cycle / 4;
        let cycles = (at / step).min(2) + 1;
        let mut value = self.repeated(at, cycles);
        let since = at % step;
        if since < quarter && (step..3 * step).contains(&at) {
            value = blend(self.repeated(at, cycles - 1), value, since, quarter);
        }
        if at < quarter {
            // No step where what was heard ends: that it was not quite periodic is forgotten within a quarter of a cycle.
            let last = self.at(self.before.len().wrapping_sub(1));
            let expected = self.at(self.before.len().wrapping_sub(1 + self.cycle));
            let apart = i32::from(last) - i32::from(expected);
            let rest = apart * as_i32(quarter - at) / as_i32(quarter + 1);
            value = saturated(i32::from(value) + rest);
        }
        let fading = as_i32((STEPS * step).saturating_sub(at.max(step)));
        saturated(i32::from(value) * fading / as_i32((STEPS - 1) * step))
    }

    /// The last `cycles` cycles, again and again. The end of them is blended with what came before their beginning.
    fn repeated(&self, at: usize, cycles: usize) -> i16 {
        let long = cycles * self.cycle;
        let begin = self.before.len().saturating_sub(long);
        let within = at % long.max(1);
        let value = self.at(begin + within);
        let quarter = self.cycle / 4;
        if within + quarter < long {
            return value;
        }
        let earlier = self.at((begin + within).saturating_sub(long));
        blend(value, earlier, within + quarter - long, quarter)
    }

    fn at(&self, index: usize) -> i16 {
        self.before.get(index).copied().unwrap_or(0)
    }
}

/// The length of the voice's cycle at the end of `heard`: where its end is most like itself.
fn cycle(heard: &[i16], factor: usize) -> usize {
    // Of 12 bits the sums below stay within 32.
    let reduced: Vec<i32> = heard.iter().map(|sample| i32::from(sample >> 4)).collect();
    let compared = COMPARED * factor;
    let end = reduced.get(reduced.len().saturating_sub(compared)..);
    let end = end.unwrap_or(&[]);
    let mut best = (SHORTEST * factor, 0.0);
    for lag in SHORTEST * factor..=LONGEST * factor {
        let begin = reduced.len().saturating_sub(compared + lag);
        let earlier = reduced.get(begin..begin + end.len()).unwrap_or(&[]);
        let alike: i32 = earlier.iter().zip(end).map(|(a, b)| (a * b) >> 3).sum();
        let energy: i32 = earlier.iter().map(|a| (a * a) >> 3).sum();
        let alike = f64::from(alike) / f64::from(energy.max(1)).sqrt();
        if alike > best.1 {
            best = (lag, alike);
        }
    }
    best.0
}

/// From one to the other: `at` of `long`.
fn blend(from: i16, to: i16, at: usize, long: usize) -> i16 {
    let (at, long) = (as_i32(at), as_i32(long.max(1)));
    saturated((i32::from(from) * (long - at) + i32::from(to) * at) / long)
}

fn as_i32(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn saturated(value: i32) -> i16 {
    value
        .clamp(i32::from(i16::MIN), i32::from(i16::MAX))
        .try_into()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
