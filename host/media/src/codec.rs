//! Codecs and signal processing: payloads to samples and back, concealment of what was lost, rates, comfort noise, keys as
//! tones. Pure: samples are mono, 16 bits linear; nothing here knows packets or time.

pub mod cn;
pub mod concealment;
pub mod decoder;
pub mod dtmf;
pub mod encoder;
pub mod encoding;
pub mod error;
pub mod g711;
pub mod g722;
#[cfg(feature = "g729")]
mod g729;
pub mod gsm;
#[cfg(feature = "opus")]
mod opus;
pub mod parameters;
pub mod resampler;

pub use decoder::Decoder;
pub use encoder::Encoder;
pub use encoding::Encoding;
pub use error::CodecError;
pub use parameters::Parameters;
pub use resampler::Resampler;

#[cfg(test)]
mod test_signal;
#[cfg(test)]
mod tests;
