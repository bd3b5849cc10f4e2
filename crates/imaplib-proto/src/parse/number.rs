//! Decimal numbers: several digits are read at once.

/// Reads a number of 32 bits, and returns what follows it.
#[inline]
pub(super) fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    if let Some(eight) = bytes.first_chunk::<8>() {
        let (value, length) = leading_digits(*eight);
        if (1..8).contains(&length) {
            return bytes.get(length..).map(|rest| (value, rest));
        }
    }
    let (value, rest) = long_number(bytes)?;
    Some((u32::try_from(value).ok()?, rest))
}

/// Reads a number of 64 bits, and returns what follows it.
#[inline]
pub(super) fn number64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    if let Some(eight) = bytes.first_chunk::<8>() {
        let (value, length) = leading_digits(*eight);
        if (1..8).contains(&length) {
            return bytes.get(length..).map(|rest| (u64::from(value), rest));
        }
    }
    long_number(bytes)
}

/// The number that at most eight digits at the beginning make, and how many they are: all are looked at together.
#[inline]
fn leading_digits(bytes: [u8; 8]) -> (u32, usize) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Digits become 0 to 9. In all other bytes the highest bit is set; behind the first of them others may be, too.
    let digits = u64::from_le_bytes(bytes) ^ (ONES * u64::from(b'0'));
    let others = (digits.wrapping_add(ONES * 0x76) | digits) & (ONES * 0x80);
    let length = others.trailing_zeros() / 8;
    if length == 0 {
        return (0, 0);
    }
    // The digits move up, so that noughts are before them; then pairs, fours and all eight are added up.
    let digits = digits << (64 - 8 * length);
    let pairs = (digits.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
    let eight = fours.wrapping_mul(10_000 << 32 | 1) >> 32;
    #[allow(clippy::cast_possible_truncation)] // Eight digits are less than 32 bits.
    (eight as u32, length as usize)
}

/// Reads a number digit by digit.
#[inline(never)]
fn long_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    let mut rest = bytes;
    while let Some((digit @ b'0'..=b'9', tail)) = rest.split_first() {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        rest = tail;
    }
    (rest.len() < bytes.len()).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_each_length_are_read() {
        for length in 1..=20 {
            let counting: String = "1234567890".chars().cycle().take(length).collect();
            for digits in ["9".repeat(length), counting, "0".repeat(length)] {
                for behind in ["", " ", ")", " UID 5", "/", ":", "\u{80}9", "a234567", "-1", "\r\n* 1 FETCH"] {
                    let text = format!("{digits}{behind}");
                    let rest = behind.as_bytes();
                    let expected = digits.parse::<u64>().ok();
                    assert_eq!(number64(text.as_bytes()), expected.map(|value| (value, rest)), "{text}");
                    let expected = digits.parse::<u32>().ok();
                    assert_eq!(number(text.as_bytes()), expected.map(|value| (value, rest)), "{text}");
                }
            }
        }
        for text in ["", " 1", "a", "-1", "\u{b2}", "UID 1234"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
            assert_eq!(number64(text.as_bytes()), None, "{text}");
        }
    }
}
