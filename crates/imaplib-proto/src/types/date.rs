//! Dates: the internal date of a message, and the day of a search key.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::InvalidValue;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A day, as search keys name it (RFC 9051, section 9, `date`): `1-Feb-1994`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day `day` (from 1) of `month` (from 1) in `year` (0 to 9999), in the proleptic Gregorian calendar.
    ///
    /// # Errors
    /// If there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, InvalidValue> {
        if year > 9999 || day == 0 || day > days_in_month(year, month) {
            return Err(InvalidValue::new("date", format!("{year:04}-{month:02}-{day:02}")));
        }
        Ok(Self { year, month, day })
    }

    /// The day that holds the given second since 1970-01-01 00:00:00 UTC, as seen in UTC.
    ///
    /// # Errors
    /// If it lies outside the years 0 to 9999.
    pub fn from_unix(seconds: i64) -> Result<Self, InvalidValue> {
        Self::from_days(seconds.div_euclid(86_400))
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn to_days(self) -> i64 {
        // Years that begin in March put the leap day last; 400 of them are 146,097 days.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// The day that lies `days` after 1970-01-01.
    ///
    /// # Errors
    /// If it lies outside the years 0 to 9999.
    pub fn from_days(days: i64) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new("date", days.to_string());
        let days = days.checked_add(719_468).ok_or_else(invalid)?;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let narrow = |number: i64| u8::try_from(number).map_err(|_| invalid());
        Self::new(u16::try_from(year).map_err(|_| invalid())?, narrow(month)?, narrow(day)?)
    }
}

impl fmt::Display for Date {
    /// Writes the form of search keys: `1-Feb-1994`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:04}", self.day, month_name(self.month), self.year)
    }
}

impl FromStr for Date {
    type Err = InvalidValue;

    /// Reads `1-Feb-1994` (the protocol's form, month in any case) or `1994-02-01`.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let read = || {
            let mut parts = text.trim_matches('"').splitn(3, '-');
            let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if first.len() == 4 && digits(first) {
                return Self::new(first.parse().ok()?, second.parse().ok()?, third.parse().ok()?).ok();
            }
            Self::new(third.parse().ok()?, month_number(second.as_bytes())?, first.parse().ok()?).ok()
        };
        read().ok_or_else(|| InvalidValue::new("date", text))
    }
}

/// A moment with its zone, as INTERNALDATE and APPEND have it (RFC 9051, section 9, `date-time`).
///
/// ```
/// use imaplib_proto::types::DateTime;
/// let date: DateTime = "17-Jul-1996 02:44:25 -0700".parse()?;
/// assert_eq!(date.unix_timestamp(), 837_596_665);
/// assert_eq!(date.to_string(), "17-Jul-1996 02:44:25 -0700");
/// # Ok::<(), imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    date: Date,
    hour: u8,
    minute: u8,
    second: u8,
    /// Minutes east of UTC.
    offset: i16,
}

impl DateTime {
    /// The moment at `hour:minute:second` (second up to 60) of `date`, in the zone `offset` minutes east of UTC.
    ///
    /// # Errors
    /// If the time or the zone (over 99 hours 59 minutes) does not exist.
    pub fn new(date: Date, hour: u8, minute: u8, second: u8, offset: i16) -> Result<Self, InvalidValue> {
        if hour > 23 || minute > 59 || second > 60 || offset.unsigned_abs() > 99 * 60 + 59 {
            return Err(InvalidValue::new("date-time", format!("{date} {hour}:{minute}:{second} {offset}")));
        }
        Ok(Self { date, hour, minute, second, offset })
    }

    /// The moment `seconds` after 1970-01-01 00:00:00 UTC, shown in UTC.
    ///
    /// # Errors
    /// If it lies outside the years 0 to 9999.
    pub fn from_unix(seconds: i64) -> Result<Self, InvalidValue> {
        let date = Date::from_unix(seconds)?;
        let of_day = seconds.rem_euclid(86_400);
        let part = |number: i64| u8::try_from(number).unwrap_or_default();
        Self::new(date, part(of_day / 3600), part(of_day / 60 % 60), part(of_day % 60), 0)
    }

    /// Seconds since 1970-01-01 00:00:00 UTC, negative before.
    #[must_use]
    pub fn unix_timestamp(self) -> i64 {
        let of_day = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        self.date.to_days() * 86_400 + of_day - i64::from(self.offset) * 60
    }

    /// The moment as the standard library has it; `None` if the system cannot hold it.
    #[must_use]
    pub fn to_system_time(self) -> Option<SystemTime> {
        let seconds = self.unix_timestamp();
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
    }

    /// The day in the moment's own zone.
    #[must_use]
    pub fn date(self) -> Date {
        self.date
    }

    /// The hour, 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// The minute.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// The second, 0 to 60.
    #[must_use]
    pub fn second(self) -> u8 {
        self.second
    }

    /// The zone: minutes east of UTC.
    #[must_use]
    pub fn offset(self) -> i16 {
        self.offset
    }

    /// Reads the inside of a `date-time`: strictly what the standard defines, and what old servers send (a day without
    /// padding, a year of two digits, a named zone of RFC 822).
    pub(crate) fn from_wire(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii();
        let (date, rest) = split_at_space(bytes)?;
        let (time, zone) = split_at_space(rest).unwrap_or((rest, b"+0000"));
        let mut parts = date.split(|byte| *byte == b'-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let full_year = match year.len() {
            2 => decimal(year)? + if decimal(year)? < 50 { 2000 } else { 1900 },
            4 => decimal(year)?,
            _ => return None,
        };
        let date = Date::new(full_year, month_number(month)?, u8::try_from(decimal(day)?).ok()?).ok()?;
        let mut parts = time.split(|byte| *byte == b':');
        let mut next = || u8::try_from(decimal(parts.next()?)?).ok();
        let (hour, minute, second) = (next()?, next()?, next()?);
        let offset = zone_offset(zone)?;
        if parts.next().is_some() {
            return None;
        }
        Self::new(date, hour, minute, second, offset).ok()
    }
}

impl Ord for DateTime {
    /// The earlier moment is less; of the same moment in two zones, the one in the zone further west.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |time: &Self| (time.unix_timestamp(), time.offset, time.second);
        key(self).cmp(&key(other)).then_with(|| self.date.cmp(&other.date))
    }
}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl TryFrom<SystemTime> for DateTime {
    type Error = InvalidValue;

    /// The moment in UTC, to the second below.
    ///
    /// # Errors
    /// If it is before the year 0 or after the year 9999.
    fn try_from(time: SystemTime) -> Result<Self, InvalidValue> {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let up = u64::from(before.subsec_nanos() > 0);
                i64::try_from(before.as_secs().saturating_add(up)).map_or(i64::MIN, |seconds| -seconds)
            }
        };
        Self::from_unix(seconds)
    }
}

impl fmt::Display for DateTime {
    /// Writes the form of the wire without its quotes; the day is padded with a space to two columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let offset = self.offset.unsigned_abs();
        write!(
            f,
            "{:2}-{}-{:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
            self.date.day,
            month_name(self.date.month),
            self.date.year,
            self.hour,
            self.minute,
            self.second,
            offset / 60,
            offset % 60
        )
    }
}

impl FromStr for DateTime {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::from_wire(text.as_bytes()).ok_or_else(|| InvalidValue::new("date-time", text))
    }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

fn month_name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("Jan")
}

fn month_number(name: &[u8]) -> Option<u8> {
    let index = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month.as_bytes()))?;
    u8::try_from(index + 1).ok()
}

fn decimal(bytes: &[u8]) -> Option<u16> {
    if bytes.is_empty() || bytes.len() > 4 {
        return None;
    }
    bytes.iter().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => Some(number * 10 + u16::from(byte - b'0')),
        _ => None,
    })
}

fn split_at_space(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', bytes)?;
    let (left, right) = bytes.split_at_checked(at)?;
    Some((left, right.trim_ascii_start()))
}

fn zone_offset(zone: &[u8]) -> Option<i16> {
    if let Some((sign @ (b'+' | b'-'), digits)) = zone.split_first() {
        let number = i16::try_from(decimal(digits)?).ok()?;
        let minutes = number / 100 * 60 + number % 100;
        return (digits.len() == 4 && number % 100 < 60).then_some(if *sign == b'-' { -minutes } else { minutes });
    }
    // RFC 822 names, which RFC 1730 servers may send.
    let hours = match zone.to_ascii_uppercase().as_slice() {
        b"UT" | b"UTC" | b"GMT" | b"Z" => 0,
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" => -8,
        _ => return None,
    };
    Some(hours * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_the_wire() {
        for (wire, unix, shown) in [
            ("17-Jul-1996 02:44:25 -0700", 837_596_665, "17-Jul-1996 02:44:25 -0700"),
            (" 1-jan-1970 00:00:00 +0000", 0, " 1-Jan-1970 00:00:00 +0000"),
            ("1-Jan-1970 00:00:00 -0000", 0, " 1-Jan-1970 00:00:00 +0000"),
            ("01-Jan-1970 01:00:00 +0100", 0, " 1-Jan-1970 01:00:00 +0100"),
            ("31-Dec-99 23:59:60 GMT", 946_684_800, "31-Dec-1999 23:59:60 +0000"),
            ("29-Feb-2000 12:00:00 PST", 951_854_400, "29-Feb-2000 12:00:00 -0800"),
            ("01-Jan-0001 00:00:00 +0000", -62_135_596_800, " 1-Jan-0001 00:00:00 +0000"),
        ] {
            let date: DateTime = wire.parse().unwrap();
            assert_eq!(date.unix_timestamp(), unix, "{wire}");
            assert_eq!(date.to_string(), shown);
        }
    }

    #[test]
    fn times_of_the_system() {
        for seconds in [0, 1, -1, 837_596_665, -62_135_596_800, 253_402_300_799] {
            let moment = DateTime::from_unix(seconds).unwrap();
            assert_eq!(DateTime::try_from(moment.to_system_time().unwrap()).unwrap(), moment);
        }
        let before = UNIX_EPOCH - Duration::from_millis(1);
        assert_eq!(DateTime::try_from(before).unwrap().unix_timestamp(), -1);
    }

    #[test]
    fn impossible_dates_are_refused() {
        for wire in [
            "",
            "NIL",
            "00-Jan-0000 00:00:00 +0000",
            "31-Feb-2020 00:00:00 +0000",
            "1-Foo-2020 00:00:00 +0000",
            "1-Jan-2020 25:00:00 +0000",
            "1-Jan-2020 00:61:00 +0000",
            "1-Jan-2020 00:00:00 +9999",
            "1-Jan-2020 00:00 +0000",
            "1-Jan-2020",
            "29-Feb-1900 00:00:00 +0000",
            "1-Jan-20200 00:00:00 +0000",
        ] {
            assert!(wire.parse::<DateTime>().is_err(), "{wire}");
        }
    }

    #[test]
    fn every_day_goes_there_and_back() {
        let mut days = Date::new(0, 1, 1).unwrap().to_days();
        let last = Date::new(9999, 12, 31).unwrap().to_days();
        let mut before: Option<Date> = None;
        while days <= last {
            let date = Date::from_days(days).unwrap();
            assert_eq!(date.to_days(), days);
            assert!(before.is_none_or(|before| before < date));
            before = Some(date);
            days += 1;
        }
        assert!(Date::from_days(last + 1).is_err());
        assert!(Date::from_days(i64::MAX).is_err());
    }

    #[test]
    fn search_dates() {
        assert_eq!("1-Feb-1994".parse::<Date>().unwrap().to_string(), "1-Feb-1994");
        assert_eq!("1994-02-01".parse::<Date>().unwrap().to_string(), "1-Feb-1994");
        assert!("1994-02-30".parse::<Date>().is_err());
    }
}
