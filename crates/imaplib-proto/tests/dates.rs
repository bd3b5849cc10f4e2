//! Dates of messages: every day from 1900 to 2100 in every zone, and what Python's imaplib makes of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::cast_possible_truncation, missing_docs)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use imaplib_proto::types::{Date, DateTime};

/// All zones of less than a day, in minutes.
fn zones() -> impl Iterator<Item = i16> {
    (-1439i16..=1439).filter(|zone| DateTime::new(Date::new(2000, 1, 1).unwrap(), 0, 0, 0, *zone).is_ok())
}

/// The days from 1900 to 2100, counted by the rules of the calendar alone.
fn days() -> impl Iterator<Item = (u16, u8, u8)> {
    (1900u16..=2100).flat_map(|year| {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        (1u8..=12).flat_map(move |month| {
            let last = match month {
                2 => 28 + u8::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (1..=last).map(move |day| (year, month, day))
        })
    })
}

#[test]
fn every_day_in_every_zone() {
    let zones: Vec<i16> = zones().collect();
    assert!((-14 * 60..=14 * 60).all(|zone| zones.contains(&zone)), "a zone that is in use is missing");
    // Days since 1970 of 1 January 1900: 70 years, 17 of them leap years.
    let mut day_number = -(70 * 365 + 17);
    let mut text = String::new();
    for (count, (year, month, day)) in days().enumerate() {
        let date = Date::new(year, month, day).unwrap();
        assert_eq!(date.to_days(), day_number);
        assert_eq!(Date::from_days(day_number).unwrap(), date);
        assert_eq!(date.to_string().parse::<Date>().unwrap(), date);
        // Every 60th zone, beginning one further each day: each zone comes with more than a thousand days.
        for zone in zones.iter().skip(count % 60).step_by(60) {
            let (hour, minute, second) = ((count % 24) as u8, (count % 60) as u8, (count % 59) as u8);
            let moment = DateTime::new(date, hour, minute, second, *zone).unwrap();
            let of_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
            assert_eq!(moment.unix_timestamp(), day_number * 86_400 + of_day - i64::from(*zone) * 60);
            text.clear();
            write!(text, "{moment}").unwrap();
            let back: DateTime = text.parse().unwrap();
            assert!(back == moment && back.offset() == *zone, "{text}");
            let utc = DateTime::from_unix(moment.unix_timestamp()).unwrap();
            assert_eq!(utc.unix_timestamp(), moment.unix_timestamp());
        }
        day_number += 1;
    }
    assert_eq!(Date::from_days(day_number).unwrap(), Date::new(2101, 1, 1).unwrap());
}

#[test]
fn days_that_are_not() {
    for (year, month, day) in [
        (1900, 2, 29),
        (2100, 2, 29),
        (2001, 2, 29),
        (2000, 2, 30),
        (2000, 4, 31),
        (2000, 1, 0),
        (2000, 0, 1),
        (2000, 13, 1),
    ] {
        assert!(Date::new(year, month, day).is_err(), "{year}-{month}-{day}");
    }
}

/// Runs a Python program with lines to read; none, and said so, if there is no Python.
fn python(program: &str, input: &str) -> Option<Vec<String>> {
    let child = Command::new("python3")
        .args(["-c", program])
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var_os("CI").is_none(), "python3 is not there");
        eprintln!("\n*** SKIPPED: python3 is not there: install it to compare with its imaplib\n");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// `imaplib.Internaldate2tuple`, as seconds since 1970, or the name of what it raised.
const READ: &str = "
import sys, calendar, imaplib
for line in sys.stdin:
    try:
        found = imaplib.Internaldate2tuple(b'1 (INTERNALDATE \"' + line.rstrip('\\n').encode() + b'\")')
        print('None' if found is None else calendar.timegm(found))
    except Exception as error:
        print(type(error).__name__)
";

/// `imaplib.Time2Internaldate` of an aware `datetime`: year month day hour minute second, and the zone in minutes.
const WRITE: &str = "
import sys, datetime, imaplib
for line in sys.stdin:
    *parts, zone = map(int, line.split())
    zone = datetime.timezone(datetime.timedelta(minutes=zone))
    print(imaplib.Time2Internaldate(datetime.datetime(*parts, tzinfo=zone)))
";

#[test]
fn python_reads_the_same() {
    let mut moments = Vec::new();
    let zones: Vec<i16> = zones().collect();
    for (count, (year, month, day)) in days().enumerate() {
        let date = Date::new(year, month, day).unwrap();
        let zone = zones[count * 7 % zones.len()];
        moments.push(DateTime::new(date, (count % 24) as u8, (count % 60) as u8, (count % 59) as u8, zone).unwrap());
    }
    let lines: String = moments.iter().map(|moment| format!("{moment}\n")).collect();
    let Some(found) = python(READ, &lines) else { return };
    assert_eq!(found.len(), moments.len());
    for (moment, python) in moments.iter().zip(found) {
        assert_eq!(moment.unix_timestamp().to_string(), python, "{moment}");
    }
}

#[test]
fn python_writes_the_same() {
    let zones: Vec<i16> = zones().collect();
    let moments: Vec<DateTime> = days()
        .enumerate()
        .map(|(count, (year, month, day))| {
            let date = Date::new(year, month, day).unwrap();
            DateTime::new(
                date,
                (count % 24) as u8,
                (count % 60) as u8,
                (count % 59) as u8,
                zones[count * 11 % zones.len()],
            )
            .unwrap()
        })
        .collect();
    let mut lines = String::new();
    for moment in &moments {
        let date = moment.date();
        let time = (moment.hour(), moment.minute(), moment.second());
        writeln!(
            lines,
            "{} {} {} {} {} {} {}",
            date.year(),
            date.month(),
            date.day(),
            time.0,
            time.1,
            time.2,
            moment.offset()
        )
        .unwrap();
    }
    let Some(found) = python(WRITE, &lines) else { return };
    assert_eq!(found.len(), moments.len());
    for (moment, python) in moments.iter().zip(found) {
        // Python pads the day with 0, where the grammar has a space (RFC 3501, `date-day-fixed`); both are read.
        let ours = format!("\"{moment}\"").replace("\" ", "\"0");
        assert_eq!(ours, python);
    }
}

/// What the two make of texts on which they do not agree: the text, ours, Python's.
#[test]
fn python_reads_other_things() {
    let table: &[(&str, Option<i64>, &str)] = &[
        // Impossible dates: refused here, carried over into the next unit there, or an error of its own.
        ("31-Feb-2020 00:00:00 +0000", None, "1583107200"),
        ("00-Jan-2020 00:00:00 +0000", None, "1577750400"),
        ("01-Jan-2020 25:61:61 +0000", None, "1577930521"),
        ("01-Foo-2020 00:00:00 +0000", None, "KeyError"),
        ("01-Jan-2020 00:00:00 +0099", None, "1577830860"),
        // Real servers' forms: read here, `None` there.
        ("1-Jan-2020 00:00:00 +0000", Some(1_577_836_800), "None"),
        ("01-JAN-2020 00:00:00 +0000", Some(1_577_836_800), "None"),
        ("01-Jan-2020 00:00:00 GMT", Some(1_577_836_800), "None"),
        ("01-Jan-99 00:00:00 +0000", Some(915_148_800), "None"),
        ("01-Jan-2020 00:00:00", Some(1_577_836_800), "None"),
        // Both refuse.
        ("", None, "None"),
        ("01-Jan-20200 00:00:00 +0000", None, "None"),
    ];
    let lines: String = table.iter().map(|(text, ..)| format!("{text}\n")).collect();
    let found = python(READ, &lines);
    for (number, (text, ours, python)) in table.iter().enumerate() {
        assert_eq!(text.parse::<DateTime>().ok().map(DateTime::unix_timestamp), *ours, "{text}");
        if let Some(found) = &found {
            assert_eq!(found[number], *python, "{text}");
        }
    }
}

#[test]
fn years_before_1000_and_the_edges() {
    for (text, unix) in [
        (" 1-Jan-0001 00:00:00 +0000", -62_135_596_800),
        ("31-Dec-0999 23:59:59 +0000", -30_610_224_001),
        ("31-Dec-9999 23:59:59 +0000", 253_402_300_799),
        // A leap second is the first of the next minute.
        ("31-Dec-2016 23:59:60 +0000", 1_483_228_800),
    ] {
        let moment: DateTime = text.parse().unwrap();
        assert_eq!((moment.unix_timestamp(), moment.to_string().as_str()), (unix, text));
    }
    // A zone is a number of minutes: what Python writes for zones with seconds (`+013015`) is nothing that can be said.
    assert!("01-Jan-1900 00:00:00 +013015".parse::<DateTime>().is_err());
    assert!(DateTime::from_unix(i64::MAX).is_err() && DateTime::from_unix(i64::MIN).is_err());
}
