//! Numbers for people.

/// With a comma before each three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits that count.
fn three(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

pub(crate) fn ratio(value: f64) -> String {
    match value {
        value if value > 0.0 && value < 0.005 => format!("{value:.4}"),
        _ => three(value),
    }
}

pub(crate) fn seconds(value: f64) -> String {
    match value {
        value if value < 1e-6 => format!("{} ns", three(value * 1e9)),
        value if value < 1e-3 => format!("{} µs", three(value * 1e6)),
        value if value < 1.0 => format!("{} ms", three(value * 1e3)),
        _ => format!("{} s", three(value)),
    }
}

pub(crate) fn bytes(value: f64) -> String {
    match value {
        value if value.abs() < 1e3 => format!("{value:.0} B"),
        value if value.abs() < 1e6 => format!("{} kB", three(value / 1e3)),
        value if value.abs() < 1e9 => format!("{} MB", three(value / 1e6)),
        _ => format!("{} GB", three(value / 1e9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!((count(7), count(1_000_000)), ("7".to_owned(), "1,000,000".to_owned()));
        let cases = [(0.000_000_12, "120 ns"), (0.0149, "14.9 ms"), (1.0, "1.00 s"), (75.3, "75.3 s")];
        for (value, text) in cases {
            assert_eq!(seconds(value), text);
        }
        assert_eq!((bytes(1024.0), bytes(2.5e9)), ("1.02 kB".to_owned(), "2.50 GB".to_owned()));
        assert_eq!((ratio(0.0002), ratio(19.84), ratio(2071.4)), ("0.0002".into(), "19.8".into(), "2071".into()));
    }
}
