//! The header of a WAV file of 16-bit samples, whose sizes can be put right while the file grows. Files are the shell's.

/// The length of the header: bytes. Samples follow, least significant byte first, channels interleaved.
pub const HEADER_BYTES: usize = 44;

/// The header of a file with so many bytes of samples after it. What does not fit into the 32 bits of the format is not told.
pub fn header(channels: u16, rate: u32, data_bytes: u64) -> [u8; HEADER_BYTES] {
    let room = u32::MAX - 36;
    let data = u32::try_from(data_bytes).unwrap_or(room).min(room);
    let frame_bytes = channels.saturating_mul(2);
    let mut header = [0; HEADER_BYTES];
    let parts: [&[u8]; 13] = [
        b"RIFF",
        &(data + 36).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16u32.to_le_bytes(),
        &1u16.to_le_bytes(), // PCM
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &rate.saturating_mul(u32::from(frame_bytes)).to_le_bytes(),
        &frame_bytes.to_le_bytes(),
        &16u16.to_le_bytes(),
        b"data",
        &data.to_le_bytes(),
    ];
    for (place, byte) in header.iter_mut().zip(parts.iter().flat_map(|part| *part)) {
        *place = *byte;
    }
    header
}

/// Reads a header that [`header`] wrote: channels, rate and the bytes of samples that it tells. `None`: it is another's.
pub fn read(header: &[u8; HEADER_BYTES]) -> Option<(u16, u32, u64)> {
    let (channels, rest) = header.get(22..)?.split_first_chunk::<2>()?;
    let (rate, _) = rest.split_first_chunk::<4>()?;
    let data = header.get(40..)?.first_chunk::<4>()?;
    let (channels, rate) = (u16::from_le_bytes(*channels), u32::from_le_bytes(*rate));
    let data = u64::from(u32::from_le_bytes(*data));
    (*header == self::header(channels, rate, data)).then_some((channels, rate, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reader_understands_the_header() {
        let samples: Vec<i16> = (0..400).collect();
        let mut file = header(2, 16_000, 800).to_vec();
        file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let mut reader = hound::WavReader::new(&file[..]).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate), (2, 16_000));
        assert_eq!(spec.bits_per_sample, 16);
        let read: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(read, samples);
    }

    #[test]
    fn a_header_is_read_again_and_others_are_not() {
        let own = header(2, 8_000, 320);
        assert_eq!(read(&own), Some((2, 8_000, 320)));
        let mut other = own;
        other[20] = 7;
        assert_eq!(read(&other), None);
    }

    #[test]
    fn more_than_the_format_can_tell_is_not_told() {
        let header = header(2, 48_000, u64::MAX);
        assert_eq!(read(&header), Some((2, 48_000, u64::from(u32::MAX - 36))));
    }
}
