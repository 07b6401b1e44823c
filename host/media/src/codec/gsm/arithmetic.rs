//! The 16 bit arithmetic of GSM 06.10 §5.1: everything saturates.

/// The product of two fractions, rounded.
pub(super) fn product(a: i16, b: i16) -> i16 {
    saturated((i32::from(a) * i32::from(b) + 16_384) >> 15)
}

/// The product of two fractions, truncated.
pub(super) fn truncated(a: i16, b: i16) -> i16 {
    saturated((i32::from(a) * i32::from(b)) >> 15)
}

/// The nearest value of 16 bits.
pub(super) fn saturated(value: i32) -> i16 {
    value
        .clamp(i32::from(i16::MIN), i32::from(i16::MAX))
        .try_into()
        .unwrap_or(0)
}

/// By how many bits a value other than 0 can be shifted left without a change of its sign.
pub(super) fn headroom(value: i32) -> u32 {
    let magnitude = if value < 0 { !value } else { value };
    magnitude.leading_zeros().saturating_sub(1)
}

/// The quotient as a fraction; `0 <= numerator <= denominator`, and the denominator is not 0.
pub(super) fn quotient(numerator: i16, denominator: i16) -> i16 {
    if numerator == denominator {
        return i16::MAX;
    }
    let shifted = i32::from(numerator) << 15;
    saturated(shifted.checked_div(i32::from(denominator)).unwrap_or(0))
}

/// The magnitude; that of -32,768 is 32,767.
pub(super) fn magnitude(value: i16) -> i16 {
    value.saturating_abs()
}
