//! One sample message: who writes to whom, when, what about; and the chance that decides it, the same on every machine.

use imaplib_proto::types::{Date, DateTime, Flag, Flags};

use super::compose::{Entity, header_text};
use crate::content::Content;
use crate::mailbox::Draft;

/// Somebody who writes or receives mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
}

impl Person {
    /// The person as an address of a header field.
    pub(super) fn mailbox(self) -> String {
        if self.name.is_empty() {
            return self.address.to_owned();
        }
        let name = if self.name.is_ascii() && self.name.contains(['.', ',']) {
            format!("\"{}\"", self.name)
        } else {
            header_text(self.name)
        };
        format!("{name} <{}>", self.address)
    }
}

/// A message in the making.
#[derive(Debug, Clone)]
pub(super) struct Mail {
    pub(super) from: Person,
    pub(super) to: Vec<Person>,
    pub(super) cc: Vec<Person>,
    /// As it stands in the header.
    pub(super) subject: String,
    /// Seconds since 1970, UTC.
    pub(super) time: i64,
    /// Minutes east of UTC.
    pub(super) zone: i16,
    pub(super) id: String,
    /// The message-ids of the thread so far, the oldest first.
    pub(super) references: Vec<String>,
    /// More header fields, each with its CRLF.
    pub(super) extra: String,
    pub(super) entity: Entity,
}

impl Mail {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let list = |people: &[Person]| people.iter().map(|person| person.mailbox()).collect::<Vec<_>>().join(",\r\n ");
        let mut fields = format!("Date: {}\r\nFrom: {}\r\n", header_date(self.time, self.zone), self.from.mailbox());
        if !self.to.is_empty() {
            fields.push_str(&format!("To: {}\r\n", list(&self.to)));
        }
        if !self.cc.is_empty() {
            fields.push_str(&format!("Cc: {}\r\n", list(&self.cc)));
        }
        fields.push_str(&format!("Subject: {}\r\nMessage-ID: <{}>\r\n", self.subject, self.id));
        if let Some(parent) = self.references.last() {
            let references: Vec<String> = self.references.iter().map(|id| format!("<{id}>")).collect();
            fields.push_str(&format!("In-Reply-To: <{parent}>\r\nReferences: {}\r\n", references.join("\r\n ")));
        }
        fields.push_str(&self.extra);
        self.entity.clone().into_message(&fields)
    }

    /// The message as it is put into a mailbox: it arrived a little after it was sent.
    pub(super) fn draft(&self, flags: &[&str]) -> Draft {
        draft(self.bytes(), self.time + 3 + self.time % 50, self.zone, flags)
    }
}

/// A draft from bytes.
pub(super) fn draft(bytes: Vec<u8>, time: i64, zone: i16, flags: &[&str]) -> Draft {
    let flags: Flags = flags.iter().filter_map(|flag| flag.parse::<Flag>().ok()).collect();
    Draft { flags, date: date_time(time, zone), content: Content::memory(bytes) }
}

fn date_time(time: i64, zone: i16) -> DateTime {
    let local = DateTime::from_unix(time + i64::from(zone) * 60).unwrap_or_else(|_| epoch());
    DateTime::new(local.date(), local.hour(), local.minute(), local.second(), zone).unwrap_or(local)
}

fn epoch() -> DateTime {
    #[allow(clippy::expect_used, reason = "a constant within the calendar")]
    DateTime::from_unix(0).expect("1970 is a year")
}

/// `Thu, 01 Feb 2024 12:00:00 +0000`
pub(super) fn header_date(time: i64, zone: i16) -> String {
    const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let shown = date_time(time, zone);
    let weekday = usize::try_from((shown.date().to_days() + 4).rem_euclid(7)).unwrap_or(0);
    let weekday = WEEKDAYS.get(weekday).copied().unwrap_or("Sun");
    let text = shown.to_string();
    let (date, time) = text.trim_start().split_once(' ').unwrap_or((&text, ""));
    format!("{weekday}, {} {time}", date.replace('-', " "))
}

/// Seconds since 1970 at a time of a day, UTC.
pub(super) fn at(year: u16, month: u8, day: u8, hour: i64, minute: i64) -> i64 {
    Date::new(year, month, day).map_or(0, Date::to_days) * 86_400 + hour * 3600 + minute * 60
}

const fn person(name: &'static str, address: &'static str) -> Person {
    Person { name, address }
}

/// The owner of the account.
pub(super) const DANA: Person = person("Dana Demo", "demo@example.org");
pub(super) const ANNA: Person = person("Anna Lindström", "anna.lindstrom@example.se");
pub(super) const BRUNO: Person = person("Bruno Keller", "bruno@keller.example.ch");
pub(super) const CHIDI: Person = person("Chidi Okafor", "chidi.okafor@example.com");
pub(super) const ELENA: Person = person("Елена Соколова", "elena@sokolova.example");
pub(super) const HIRO: Person = person("田中 宏", "hiro.tanaka@example.jp");
pub(super) const MAEVE: Person = person("O'Brien, Maeve J.", "maeve@example.ie");
pub(super) const NOOR: Person = person("", "noor@example.net");
pub(super) const ORCHARD: Person = person("Orchard list", "orchard@lists.example.org");
pub(super) const SHOP: Person = person("Papier & Feder", "bestellung@papier-feder.example");
pub(super) const MONITOR: Person = person("Build monitor", "builds@ci.example.org");
pub(super) const LETTER: Person = person("The Slow Letter", "letter@slow.example");

/// Those who write by hand.
pub(super) const FRIENDS: [Person; 7] = [ANNA, BRUNO, CHIDI, ELENA, HIRO, MAEVE, NOOR];

/// Xorshift with a multiplier; good enough to choose names and to fill attachments.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// One of the items; they must not be empty.
    pub(super) fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.below(items.len() as u64)).ok()?;
        items.get(index)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_headers() {
        assert_eq!(header_date(at(2024, 2, 1, 12, 0), 0), "Thu, 1 Feb 2024 12:00:00 +0000");
        assert_eq!(header_date(at(2024, 2, 29, 23, 30), 60), "Fri, 1 Mar 2024 00:30:00 +0100");
    }
}
