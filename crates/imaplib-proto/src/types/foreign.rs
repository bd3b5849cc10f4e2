//! Dates of other crates, and values as serde writes them: each behind a feature of the crate's name.

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod dates {
    use crate::types::{Date, DateTime, InvalidValue};

    /// The moment at so many seconds after 1970, in a zone so many seconds east of UTC.
    fn moment(seconds: i64, offset: i32) -> Result<DateTime, InvalidValue> {
        let minutes = i16::try_from(offset.div_euclid(60)).unwrap_or_default();
        let local = DateTime::from_unix(seconds.saturating_add(i64::from(minutes) * 60))?;
        DateTime::new(local.date(), local.hour(), local.minute(), local.second(), minutes)
    }

    fn beyond(what: impl std::fmt::Display) -> InvalidValue {
        InvalidValue::new("date of another crate (it is beyond what that can hold)", what.to_string())
    }

    /// A year as IMAP has it.
    fn year(year: i32) -> Result<u16, InvalidValue> {
        u16::try_from(year).map_err(|_| InvalidValue::new("year", year.to_string()))
    }

    #[cfg(feature = "jiff")]
    mod of_jiff {
        use super::*;

        impl TryFrom<jiff::Timestamp> for DateTime {
            type Error = InvalidValue;

            /// The moment in UTC, to the second below.
            fn try_from(time: jiff::Timestamp) -> Result<Self, InvalidValue> {
                moment(time.as_second() - i64::from(time.subsec_nanosecond() < 0), 0)
            }
        }

        impl TryFrom<&jiff::Zoned> for DateTime {
            type Error = InvalidValue;

            /// The moment in the zone that the other has, to the second below and the minute of the zone.
            fn try_from(time: &jiff::Zoned) -> Result<Self, InvalidValue> {
                let timestamp = time.timestamp();
                let seconds = timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0);
                moment(seconds, time.offset().seconds())
            }
        }

        impl TryFrom<DateTime> for jiff::Timestamp {
            type Error = InvalidValue;

            fn try_from(time: DateTime) -> Result<Self, InvalidValue> {
                Self::from_second(time.unix_timestamp()).map_err(|_| beyond(time))
            }
        }

        impl TryFrom<jiff::civil::Date> for Date {
            type Error = InvalidValue;

            fn try_from(day: jiff::civil::Date) -> Result<Self, InvalidValue> {
                let part = |number: i8| u8::try_from(number).unwrap_or_default();
                Self::new(year(day.year().into())?, part(day.month()), part(day.day()))
            }
        }
    }

    #[cfg(feature = "time")]
    mod of_time {
        use super::*;

        impl TryFrom<time::OffsetDateTime> for DateTime {
            type Error = InvalidValue;

            /// The moment in the zone that the other has, to the second below and the minute of the zone.
            fn try_from(time: time::OffsetDateTime) -> Result<Self, InvalidValue> {
                moment(time.unix_timestamp(), time.offset().whole_seconds())
            }
        }

        impl TryFrom<DateTime> for time::OffsetDateTime {
            type Error = InvalidValue;

            /// The moment in the zone of the other, if the crate `time` has it, else in UTC.
            fn try_from(moment: DateTime) -> Result<Self, InvalidValue> {
                let utc = Self::from_unix_timestamp(moment.unix_timestamp()).map_err(|_| beyond(moment))?;
                let offset = time::UtcOffset::from_whole_seconds(i32::from(moment.offset()) * 60);
                Ok(offset.ok().and_then(|offset| utc.checked_to_offset(offset)).unwrap_or(utc))
            }
        }

        impl TryFrom<time::Date> for Date {
            type Error = InvalidValue;

            fn try_from(day: time::Date) -> Result<Self, InvalidValue> {
                Self::new(year(day.year())?, day.month().into(), day.day())
            }
        }
    }

    #[cfg(feature = "chrono")]
    mod of_chrono {
        use chrono::{Datelike as _, FixedOffset, NaiveDate, Offset as _, TimeZone};

        use super::*;

        impl<Z: TimeZone> TryFrom<chrono::DateTime<Z>> for DateTime {
            type Error = InvalidValue;

            /// The moment in the zone that the other has, to the second below and the minute of the zone.
            fn try_from(time: chrono::DateTime<Z>) -> Result<Self, InvalidValue> {
                moment(time.timestamp(), time.offset().fix().local_minus_utc())
            }
        }

        impl TryFrom<DateTime> for chrono::DateTime<FixedOffset> {
            type Error = InvalidValue;

            /// The moment in the zone of the other, if the crate `chrono` has it, else in UTC.
            fn try_from(moment: DateTime) -> Result<Self, InvalidValue> {
                let utc = chrono::DateTime::from_timestamp(moment.unix_timestamp(), 0).ok_or_else(|| beyond(moment))?;
                let zone = FixedOffset::east_opt(i32::from(moment.offset()) * 60);
                let zone = zone.or_else(|| FixedOffset::east_opt(0)).ok_or_else(|| beyond(moment))?;
                Ok(utc.with_timezone(&zone))
            }
        }

        impl TryFrom<NaiveDate> for Date {
            type Error = InvalidValue;

            fn try_from(day: NaiveDate) -> Result<Self, InvalidValue> {
                let part = |number: u32| u8::try_from(number).unwrap_or_default();
                Self::new(year(day.year())?, part(day.month()), part(day.day()))
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// Moments of both signs, in zones of both signs, at the ends of what IMAP can express.
        const MOMENTS: [&str; 5] = [
            "17-Jul-1996 02:44:25 -0700",
            "31-Dec-1969 23:59:59 +0000",
            " 1-Jan-1970 05:45:00 +0545",
            "31-Dec-9999 12:00:00 +0000",
            " 2-Jan-0001 00:00:00 +0100",
        ];

        #[cfg(feature = "jiff")]
        #[test]
        fn moments_of_jiff() {
            assert!(jiff::Timestamp::try_from(MOMENTS[3].parse::<DateTime>().unwrap()).is_err());
            for text in MOMENTS.into_iter().filter(|text| !text.contains("9999")) {
                let moment: DateTime = text.parse().unwrap();
                let other = jiff::Timestamp::try_from(moment).unwrap();
                assert_eq!(DateTime::try_from(other).unwrap().unix_timestamp(), moment.unix_timestamp(), "{text}");
            }
            let zoned: jiff::Zoned = "1996-07-17T02:44:25.9-07:00[-07:00]".parse().unwrap();
            assert_eq!(DateTime::try_from(&zoned).unwrap().to_string(), MOMENTS[0]);
            let before: jiff::Timestamp = "1969-12-31T23:59:59.5Z".parse().unwrap();
            assert_eq!(DateTime::try_from(before).unwrap().to_string(), MOMENTS[1]);
            assert!(DateTime::try_from("-000001-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap()).is_err());
            let day = Date::try_from(jiff::civil::date(1994, 2, 1)).unwrap();
            assert_eq!(day.to_string(), "1-Feb-1994");
            assert!(Date::try_from(jiff::civil::date(-1, 2, 1)).is_err());
        }

        #[cfg(feature = "time")]
        #[test]
        fn moments_of_time() {
            for text in MOMENTS {
                let moment: DateTime = text.parse().unwrap();
                let other = time::OffsetDateTime::try_from(moment).unwrap();
                assert_eq!(DateTime::try_from(other).unwrap(), moment, "{text}");
            }
            let far: DateTime = "31-Dec-9999 23:59:59 -0100".parse().unwrap();
            assert!(time::OffsetDateTime::try_from(far).is_err());
            let day = time::Date::from_calendar_date(1994, time::Month::February, 1).unwrap();
            assert_eq!(Date::try_from(day).unwrap().to_string(), "1-Feb-1994");
        }

        #[cfg(feature = "chrono")]
        #[test]
        fn moments_of_chrono() {
            for text in MOMENTS {
                let moment: DateTime = text.parse().unwrap();
                let other = chrono::DateTime::try_from(moment).unwrap();
                assert_eq!(DateTime::try_from(other).unwrap(), moment, "{text}");
            }
            let day = chrono::NaiveDate::from_ymd_opt(1994, 2, 1).unwrap();
            assert_eq!(Date::try_from(day).unwrap().to_string(), "1-Feb-1994");
            assert!(Date::try_from(chrono::NaiveDate::from_ymd_opt(-1, 2, 1).unwrap()).is_err());
        }
    }
}

#[cfg(feature = "serde")]
mod texts {
    use std::borrow::Cow;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    use crate::types::{Date, DateTime, Flag, SeqNum, SeqSet, Uid, UidSet};

    /// Values that are written as their text, and read from it.
    macro_rules! as_text {
        ($($name:ident,)*) => {
            $(
                impl Serialize for $name {
                    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                        serializer.collect_str(self)
                    }
                }

                impl<'de> Deserialize<'de> for $name {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        let text = Cow::<'de, str>::deserialize(deserializer)?;
                        text.parse().map_err(D::Error::custom)
                    }
                }
            )*
        };
    }

    /// Sets, of which the empty one is an empty text.
    macro_rules! as_sets {
        ($($name:ident,)*) => {
            $(
                impl Serialize for $name {
                    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                        serializer.collect_str(self)
                    }
                }

                impl<'de> Deserialize<'de> for $name {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        let text = Cow::<'de, str>::deserialize(deserializer)?;
                        if text.is_empty() {
                            return Ok(Self::new());
                        }
                        text.parse().map_err(D::Error::custom)
                    }
                }
            )*
        };
    }

    /// Values that are numbers.
    macro_rules! as_numbers {
        ($($name:ident,)*) => {
            $(
                impl Serialize for $name {
                    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                        serializer.serialize_u32(self.get())
                    }
                }

                impl<'de> Deserialize<'de> for $name {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        Self::try_from(u32::deserialize(deserializer)?).map_err(D::Error::custom)
                    }
                }
            )*
        };
    }

    as_text! { Date, DateTime, Flag, }
    as_sets! { UidSet, SeqSet, }
    as_numbers! { Uid, SeqNum, }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn values_are_read_as_they_were_written() {
            let set: UidSet = "1:3,7,9:*".parse().unwrap();
            let flags = vec![Flag::Seen, Flag::JUNK, Flag::keyword("a%b").unwrap_or(Flag::Draft)];
            let moment: DateTime = "17-Jul-1996 02:44:25 -0700".parse().unwrap();
            let day = Date::new(1994, 2, 1).unwrap();
            let value = (set, UidSet::new(), SeqNum::MIN, flags, moment, day);
            let text = serde_json::to_string(&value).unwrap();
            assert!(text.starts_with(r#"["1:3,7,9:*","",1,["\\Seen","$Junk","#), "{text}");
            let again: (UidSet, UidSet, SeqNum, Vec<Flag>, DateTime, Date) = serde_json::from_str(&text).unwrap();
            assert_eq!(again, value);
            for wrong in ["0", "-1", "4294967296", "\"1\""] {
                assert!(serde_json::from_str::<Uid>(wrong).is_err(), "{wrong}");
            }
            assert!(serde_json::from_str::<UidSet>("\"0\"").is_err());
        }
    }
}
