//! Days, ages and sizes as people write them: `7d`, `2026-03-14`, `yesterday`, `1.5M`.

use imaplib::types::{Date, DateTime};
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::error::{Failure, Result};

/// The day that `text` names.
pub(crate) fn day(option: &str, text: &str) -> Result<Date> {
    day_from(text, &Zoned::now()).ok_or_else(|| {
        Failure::usage(format!("{option} {text:?} is not a valid date"))
            .hint("write 2026-03-14, 14-Mar-2026, today, yesterday, or an age: 12h, 7d, 2w, 3m, 1y")
    })
}

fn day_from(text: &str, now: &Zoned) -> Option<Date> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    let date = match text.to_ascii_lowercase().as_str() {
        "today" => now.date(),
        "yesterday" => now.date().yesterday().ok()?,
        age => before(age, now)?.date(),
    };
    Date::new(u16::try_from(date.year()).ok()?, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn before(age: &str, now: &Zoned) -> Option<Zoned> {
    let digits = age.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = age.split_at(digits);
    let number: i64 = number.parse::<u16>().ok()?.into();
    let span = match unit {
        "h" => number.hours(),
        "d" => number.days(),
        "w" => number.weeks(),
        "m" => number.months(),
        "y" => number.years(),
        _ => return None,
    };
    now.checked_sub(span).ok()
}

/// A date and time for APPEND.
pub(crate) fn date_time(option: &str, text: &str) -> Result<DateTime> {
    date_time_from(text).ok_or_else(|| {
        Failure::usage(format!("{option} {text:?} is not a valid date"))
            .hint("write 2026-03-14, 2026-03-14T09:26:53Z or 14-Mar-2026 09:26:53 +0100")
    })
}

fn date_time_from(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if let Ok(date_time) = text.parse::<DateTime>() {
        return Some(date_time);
    }
    let zoned = if let Ok(timestamp) = text.parse::<Timestamp>() {
        timestamp.to_zoned(TimeZone::UTC)
    } else {
        text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::system()).ok()?
    };
    let date = Date::new(
        u16::try_from(zoned.year()).ok()?,
        u8::try_from(zoned.month()).ok()?,
        u8::try_from(zoned.day()).ok()?,
    )
    .ok()?;
    let part = |value: i8| u8::try_from(value).ok();
    let offset = i16::try_from(zoned.offset().seconds() / 60).ok()?;
    DateTime::new(date, part(zoned.hour())?, part(zoned.minute())?, part(zoned.second())?, offset).ok()
}

/// A number of bytes: `100k`, `1M`, `1.5G`, powers of 1024.
pub(crate) fn size(option: &str, text: &str) -> Result<u64> {
    size_from(text)
        .ok_or_else(|| Failure::usage(format!("{option} {text:?} is not a size")).hint("write 5000, 100k, 1M or 1.5G"))
}

fn size_from(text: &str) -> Option<u64> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let number = lower.strip_suffix("ib").or_else(|| lower.strip_suffix('b')).unwrap_or(&lower);
    let (number, shift) = match number.char_indices().next_back()? {
        (at, 'k') => (number.get(..at)?, 10),
        (at, 'm') => (number.get(..at)?, 20),
        (at, 'g') => (number.get(..at)?, 30),
        (at, 't') => (number.get(..at)?, 40),
        _ => (number, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.len() > 6 || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let unit = 1_u64 << shift;
    let tenths = if fraction.is_empty() { 0 } else { fraction.parse::<u64>().ok()? };
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = u64::try_from(u128::from(tenths) * u128::from(unit) / u128::from(scale)).ok()?;
    whole.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days() {
        let now: Zoned = "2026-03-31T10:00[UTC]".parse().unwrap();
        for (text, expected) in [
            ("today", Some("31-Mar-2026")),
            ("Yesterday", Some("30-Mar-2026")),
            ("7d", Some("24-Mar-2026")),
            ("12h", Some("30-Mar-2026")),
            ("2w", Some("17-Mar-2026")),
            ("1m", Some("28-Feb-2026")),
            ("1y", Some("31-Mar-2025")),
            ("2024-02-29", Some("29-Feb-2024")),
            ("1-Feb-1994", Some("1-Feb-1994")),
            ("", None),
            ("d", None),
            ("7x", None),
            ("99999y", None),
            ("2023-02-29", None),
            ("soon", None),
        ] {
            assert_eq!(day_from(text, &now).map(|d| d.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn reads_sizes() {
        for (text, expected) in [
            ("0", Some(0)),
            ("100k", Some(102_400)),
            ("1M", Some(1 << 20)),
            ("1.5GiB", Some(3 << 29)),
            ("2kb", Some(2048)),
            ("", None),
            (".5k", None),
            ("1.234567k", Some(1264)),
            ("1.2345678k", None),
            ("1.x", None),
            ("1x", None),
            ("-1", None),
            ("99999999999999999999", None),
            ("99999999T", None),
        ] {
            assert_eq!(size_from(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_dates_for_append() {
        assert_eq!(date_time_from("2026-03-14T09:26:53Z").unwrap().unix_timestamp(), 1_773_480_413);
        assert_eq!(date_time_from("14-Mar-2026 10:26:53 +0100").unwrap().unix_timestamp(), 1_773_480_413);
        assert!(date_time_from("2026-03-14").is_some());
        assert!(date_time_from("tomorrow").is_none());
    }
}
