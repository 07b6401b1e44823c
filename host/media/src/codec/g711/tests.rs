//! Values of ITU-T G.711, and that coding twice changes nothing.

use crate::codec::g711::Law;

#[test]
fn known_values_are_right() {
    for (byte, sample) in [
        (0xff, 0),
        (0x7f, 0),
        (0x80, 32_124),
        (0x00, -32_124),
        (0xf0, 120),
    ] {
        assert_eq!(Law::Mu.decode(byte), sample);
    }
    for (byte, sample) in [
        (0xd5, 8),
        (0x55, -8),
        (0xaa, 32_256),
        (0x2a, -32_256),
        (0x80, 5_504),
    ] {
        assert_eq!(Law::A.decode(byte), sample);
    }
    assert_eq!(Law::Mu.encode(0), 0xff);
    assert_eq!(Law::Mu.encode(i16::MIN), 0x00);
    assert_eq!(Law::Mu.encode(i16::MAX), 0x80);
    assert_eq!(Law::A.encode(0), 0xd5);
    assert_eq!(Law::A.encode(-1), 0x55);
    assert_eq!(Law::A.encode(i16::MAX), 0xaa);
    assert_eq!(Law::A.encode(i16::MIN), 0x2a);
}

#[test]
fn what_a_byte_means_is_coded_as_that_byte() {
    for byte in 0..=u8::MAX {
        assert_eq!(Law::A.encode(Law::A.decode(byte)), byte);
        // µ-law has two zeros; the negative one is never made.
        let expected = if byte == 0x7f { 0xff } else { byte };
        assert_eq!(Law::Mu.encode(Law::Mu.decode(byte)), expected);
    }
}

#[test]
fn the_error_of_any_sample_is_below_a_step_of_its_segment() {
    for law in [Law::Mu, Law::A] {
        for sample in i16::MIN..=i16::MAX {
            let heard = i32::from(law.decode(law.encode(sample)));
            let error = (heard - i32::from(sample)).abs();
            let bound = 16.max(i32::from(sample).abs() / 24);
            assert!(error <= bound, "{law:?} {sample} {heard}");
        }
    }
}
