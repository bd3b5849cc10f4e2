//! The Date field (RFC 5322, section 3.3), as programs really write it.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// No date is longer.
const MAX_LENGTH: usize = 200;

/// Returns the moment in seconds since 1970; `None` if the text is not a date. The weekday is not looked at; without a
/// zone the time is UTC.
#[must_use]
pub fn parse(text: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(text.get(..MAX_LENGTH).unwrap_or(text));
    let text = without_comments(&text);
    let mut found = Found::default();
    for word in text.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        found.take(word)?;
    }
    found.timestamp()
}

#[derive(Default)]
struct Found {
    day: Option<i16>,
    month: Option<i16>,
    year: Option<i16>,
    time: Option<(i16, i16, i16)>,
    /// In seconds east of Greenwich.
    zone: Option<i32>,
    has_unknown_zone: bool,
    /// The hour is one of twelve; true after noon.
    is_afternoon: Option<bool>,
}

impl Found {
    /// Adds one word; `None` if it cannot be part of a date.
    fn take(&mut self, word: &str) -> Option<()> {
        let lower = word.to_ascii_lowercase();
        if let Some((date, time)) = lower
            .split_once('t')
            .filter(|(date, time)| date.starts_with(|c: char| c.is_ascii_digit()) && time.contains(':'))
        {
            // ISO 8601.
            self.take_date(date)?;
            let zone = time.find(['z', '+', '-']).unwrap_or(time.len());
            let (time, zone) = time.split_at_checked(zone)?;
            self.time = Some(clock(time)?);
            return if zone.is_empty() { Some(()) } else { self.take_zone(zone) };
        }
        if lower.contains(':') && lower.starts_with(|c: char| c.is_ascii_digit()) {
            let end = lower.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(lower.len());
            let (time, rest) = lower.split_at_checked(end)?;
            self.time = Some(clock(time)?);
            return if rest.is_empty() { Some(()) } else { self.take_zone(rest) };
        }
        match lower.as_str() {
            "am" | "a.m." => self.is_afternoon = Some(false),
            "pm" | "p.m." => self.is_afternoon = Some(true),
            _ if lower.starts_with(['+', '-']) => return self.take_zone(&lower),
            _ if lower.starts_with(|c: char| c.is_ascii_digit()) => return self.take_date(&lower),
            _ if month(&lower).is_some() && self.month.is_none() => self.month = month(&lower),
            _ if is_weekday(&lower) => {}
            _ => return self.take_zone(&lower),
        }
        Some(())
    }

    /// `5`, `2024`, `16.03.09`, `2024-03-05`, `5-Mar-2024`, `3/5/2024`.
    fn take_date(&mut self, word: &str) -> Option<()> {
        let separator = ['.', '-', '/'].into_iter().find(|c| word.trim_end_matches('.').contains(*c));
        let parts: Vec<&str> = word.split(['.', '-', '/']).filter(|part| !part.is_empty()).collect();
        let number = |text: &str| {
            text.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']).parse::<i16>().ok().filter(|number| *number >= 0)
        };
        match (parts.as_slice(), separator) {
            ([single], _) => {
                let value = number(single)?;
                match (self.day, self.time, self.zone) {
                    (None, ..)
                        if value <= 31
                            && single.len() <= 4
                            && !(single.len() == 4 && single.bytes().all(|c| c.is_ascii_digit())) =>
                    {
                        self.day = Some(value)
                    }
                    // Some write the year at the end, some write the time with dots.
                    _ if self.year.is_none() => self.year = Some(century(value, single.len())),
                    // A zone without its sign.
                    (_, Some(_), None) if single.len() == 4 => return self.take_zone(&format!("+{single}")),
                    _ => return None,
                }
            }
            ([hour, minute, second], Some('.')) if self.day.is_some() && self.time.is_none() => {
                self.time = Some((number(hour)?, number(minute)?, number(second)?));
            }
            ([first, middle, last], Some(separator)) => {
                let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
                let (mut day, mut month) = (number(day)?, month(middle).or_else(|| number(middle))?);
                // Slashes are American unless they cannot be.
                if first.len() < 4 && (separator == '/' && day <= 12 || month > 12) {
                    (day, month) = (month, day);
                }
                (self.day, self.month) = (Some(day), Some(month));
                self.year = Some(century(number(year)?, year.len()));
            }
            _ => return None,
        }
        Some(())
    }

    fn take_zone(&mut self, zone: &str) -> Option<()> {
        let name = zone.trim_end_matches('.');
        let hours = match name {
            "z" | "ut" | "utc" | "gmt" | "wet" | "-0000" => 0,
            "est" => -5,
            "edt" | "ast" => -4,
            "cst" => -6,
            "cdt" => -5,
            "mst" => -7,
            "mdt" => -6,
            "pst" => -8,
            "pdt" => -7,
            "bst" | "cet" | "met" | "mez" | "west" => 1,
            "cest" | "mest" | "mesz" | "eet" | "sast" => 2,
            "eest" | "msk" => 3,
            "jst" | "kst" => 9,
            "aest" => 10,
            _ => {
                let offset = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                let is_east = !offset.starts_with('-');
                let Some(digits) = offset.strip_prefix(['+', '-']) else {
                    // A name of a zone, whichever it is, does not make the day unreadable.
                    let is_name = !name.is_empty() && name.len() <= 5 && name.bytes().all(|c| c.is_ascii_alphabetic());
                    let is_first = !std::mem::replace(&mut self.has_unknown_zone, true) && self.zone.is_none();
                    return (is_name && is_first && self.time.is_some()).then_some(());
                };
                let (hours, minutes) = match digits.split_once(':') {
                    Some((hours, minutes)) => (hours, minutes),
                    None if digits.len() <= 2 => (digits, "0"),
                    None => digits.split_at_checked(digits.len() - 2)?,
                };
                let (hours, minutes) = (i32::from(hours.parse::<u16>().ok()?), i32::from(minutes.parse::<u16>().ok()?));
                // No zone is further away than a day; some programs write nonsense.
                let seconds = (hours * 60 + minutes) * 60;
                let seconds = if hours < 24 && minutes < 60 { seconds } else { 0 };
                self.zone = Some(if is_east { seconds } else { -seconds });
                return Some(());
            }
        };
        // In `GMT +0100` the number counts.
        self.zone = self.zone.or(Some(hours * 3600));
        Some(())
    }

    fn timestamp(self) -> Option<i64> {
        let (mut hour, minute, second) = self.time.unwrap_or_default();
        match self.is_afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        let to_i8 = |number: i16| i8::try_from(number).ok();
        let date = civil::Date::new(self.year?, to_i8(self.month?)?, to_i8(self.day?)?).ok()?;
        // A leap second is the last of its minute.
        let time = civil::Time::new(to_i8(hour)?, to_i8(minute)?, to_i8(second.min(59))?, 0).ok()?;
        let zone = TimeZone::fixed(Offset::from_seconds(self.zone.unwrap_or_default()).ok()?);
        Some(date.to_datetime(time).to_zoned(zone).ok()?.timestamp().as_second())
    }
}

/// `9:05`, `09:05:30`, `09:05:30.123`.
fn clock(text: &str) -> Option<(i16, i16, i16)> {
    let mut parts = text.split(':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second = parts.next().map_or(Some(0), |second| second.split('.').next()?.parse().ok())?;
    parts.next().is_none().then_some((hour, minute, second))
}

/// Years of two digits are those from 1950 to 2049, years of three are counted from 1900 (RFC 5322, section 4.3).
fn century(year: i16, digits: usize) -> i16 {
    match (year, digits) {
        (0..=49, ..=2) => year + 2000,
        (50..=999, ..=3) => year + 1900,
        _ => year,
    }
}

fn month(word: &str) -> Option<i16> {
    let start = word.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| *month == start)?;
    // `marble` is not a month.
    let is_letters = word.trim_end_matches('.').bytes().all(|byte| byte.is_ascii_alphabetic());
    i16::try_from(index + 1).ok().filter(|_| is_letters)
}

fn is_weekday(word: &str) -> bool {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| word.starts_with(day))
}

fn without_comments(text: &str) -> String {
    let mut depth = 0;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        // Tuesday, 2024-03-05 08:30:00 UTC.
        const MOMENT: i64 = 1_709_627_400;
        for text in [
            "Tue, 5 Mar 2024 09:30:00 +0100",
            "Tue, 05 Mar 2024 09:30:00 +0100 (CET)",
            "5 Mar 2024 08:30 GMT",
            "Tue,5 Mar 2024 08:30:00 UT",
            "Tue, 5 Mar 24 08:30:00 +0000",
            // A weekday that is wrong, long, or abbreviated in a way of its own.
            "Mon, 5 Mar 2024 09:30:00 +0100",
            "Tues, 5 Mar 2024 09:30:00 +0100",
            "Thur, 5 Mar 2024 09:30:00 +0100",
            "Tuesday, 5 March 2024 09:30:00 +0100",
            "Tue. 5 Mar 2024 09:30:00 +0100",
            // Zones.
            "Tue, 5 Mar 2024 09:30:00 GMT+01:00",
            "Tue, 5 Mar 2024 09:30:00 GMT+0100",
            "Tue, 5 Mar 2024 09:30:00 GMT +0100",
            "Tue, 5 Mar 2024 09:30:00 +0100 GMT",
            "Tue, 5 Mar 2024 09:30:00 UTC+1",
            "Tue, 5 Mar 2024 09:30:00 +01:00",
            "Tue, 5 Mar 2024 09:30:00 CET",
            "Tue, 5 Mar 2024 09:30:00+0100",
            "Tue, 5 Mar 2024 03:30:00 EST",
            "Tue, 5 Mar 2024 00:30:00 PST",
            "Tue, 5 Mar 2024 09:30:00 0100",
            "Tue, 5 Mar 2024 14:00:00 +0530",
            "Tue, 5 Mar 2024 08:30:00 Z",
            // No zone, no seconds.
            "Tue, 5 Mar 2024 08:30:00",
            "5 Mar 2024 8:30",
            "Tue, 5 Mar 2024 08:30:00 XYZ",
            // Other orders.
            "Tue Mar  5 08:30:00 2024",
            "Tue Mar  5 09:30:00 CET 2024",
            "Mar 5, 2024 08:30:00",
            "5-Mar-2024 09:30:00 +0100",
            "05.03.2024 08:30:00",
            "05.03.24 08:30",
            "5 Mar 2024 08.30.00",
            "2024-03-05 08:30:00",
            "2024-03-05T09:30:00+01:00",
            "2024-03-05T08:30:00.123Z",
            "2024/03/05 08:30:00",
            "3/5/2024 8:30 AM",
            "March 5th, 2024 08:30:00",
        ] {
            assert_eq!(parse(text.as_bytes()), Some(MOMENT), "{text}");
        }
        for (text, moment) in [
            ("16.03.09", 1_237_161_600),
            ("Mon, 16.03.09 12:00:00 +0100", 1_237_201_200),
            ("Fri, 1 Jan 99 00:00:00 GMT", 915_148_800),
            ("Sat, 1 Jan 100 00:00:00 GMT", 946_684_800),
            ("Thu, 1 Jan 1970 00:00:00 GMT", 0),
            ("30/12/2024 1:00 PM", 1_735_563_600),
            ("1 Jan 2024 12:10 am", 1_704_067_800),
            ("Sat, 31 Dec 2016 23:59:60 +0000", 1_483_228_799),
            ("Tue, 5 Mar 2024 08:30:00 -9999", MOMENT),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(moment), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_date_is_none() {
        for text in [
            "",
            "yesterday",
            "soon, 5",
            "5 Foo 2024 08:30:00",
            "32 Jan 2024 08:30:00",
            "30 Feb 2024 08:30:00 +0000",
            "5 Mar 2024 25:00:00",
            "5 Mar 2024 8:xx",
            "Tue, 5 Mar 08:30:00 +0100",
            "5 6 7 8 9",
            "Tue, 5 Mar 2024 09:30:00 and then some",
            "Tue, 5 Mar 2024 09:30:00 somewhere",
            "Tue, 5 Mar 2024 09:30:00 XYZ ZYX",
            "Tue, 5 Mar 2024 09:30:00 +0100 Z1",
            "\u{fffd}\u{fffd}",
            "---",
            "+",
            "5..",
            "1:2:3:4 5 Mar 2024",
            "5 Mar 2024 8:30 +99999999:00",
            "5 Mar 99999 8:30",
            "99999999999 Mar 2024 8:30",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
