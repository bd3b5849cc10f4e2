//! What messages are sorted and put into threads by, from the rows of a FETCH.

use super::{BaseSubject, SortValue, ThreadMessage};
use crate::command::{FetchItem, SortBy, SortKey};
use crate::types::{Address, Addresses, DateTime, Envelope, Fetch, ImapString, Section, SectionBody, SectionName};

/// Of a longer field with references the beginning is read.
const MAX_REFERENCES: usize = 64 << 10;

/// What must be fetched of messages to sort them: RFC822.SIZE, INTERNALDATE, ENVELOPE.
#[must_use]
pub fn items_to_sort(order: &[SortBy]) -> Vec<FetchItem> {
    let mut items: Vec<FetchItem> = Vec::new();
    for by in order {
        let needed: &[FetchItem] = match by.key() {
            SortKey::Arrival => &[FetchItem::InternalDate],
            SortKey::Size => &[FetchItem::Size],
            SortKey::Date => &[FetchItem::InternalDate, FetchItem::Envelope],
            _ => &[FetchItem::Envelope],
        };
        items.extend(needed.iter().filter(|item| !items.contains(item)).cloned().collect::<Vec<_>>());
    }
    items
}

/// What must be fetched of messages to put them into threads: INTERNALDATE and ENVELOPE, and if the algorithm goes
/// [by references](super::Threading::by_references), the field References.
#[must_use]
pub fn items_to_thread(by_references: bool) -> Vec<FetchItem> {
    let references = by_references.then(|| FetchItem::body_peek(references()));
    [FetchItem::InternalDate, FetchItem::Envelope].into_iter().chain(references).collect()
}

fn references() -> Section {
    Section::header_fields(["References"])
}

impl SortValue {
    /// What the message of this row is compared by with a key (RFC 5256, section 3; RFC 5957). The row has the
    /// [items](items_to_sort) of the key; what it lacks comes first.
    #[must_use]
    pub fn of(key: SortKey, row: &Fetch) -> Self {
        let envelope = row.envelope.as_deref();
        let mailbox = |field: fn(&Envelope) -> Addresses<'_>| {
            let mailbox = envelope.and_then(|envelope| mailbox(field(envelope)));
            Self::text(&mailbox.map(|mailbox| mailbox.to_string_lossy().into_owned()).unwrap_or_default())
        };
        let shown = |field: fn(&Envelope) -> Addresses<'_>| {
            Self::text(&envelope.map(|envelope| displayed(field(envelope))).unwrap_or_default())
        };
        match key {
            SortKey::Arrival => Self::number(row.internal_date.map(DateTime::unix_timestamp).unwrap_or_default()),
            SortKey::Date => Self::number(sent(row)),
            SortKey::Size => Self::number(i64::try_from(row.size.unwrap_or_default()).unwrap_or(i64::MAX)),
            SortKey::Cc => mailbox(Envelope::cc),
            SortKey::From => mailbox(Envelope::from),
            SortKey::To => mailbox(Envelope::to),
            SortKey::DisplayFrom => shown(Envelope::from),
            SortKey::DisplayTo => shown(Envelope::to),
            SortKey::Subject => Self::text(subject(row).text()),
        }
    }
}

impl ThreadMessage {
    /// The message of this row, which has the [items](items_to_thread) that threads are made of, under its UID. `None` if the
    /// row has no UID.
    #[must_use]
    pub fn of(row: &Fetch) -> Option<Self> {
        let envelope = row.envelope.as_deref();
        let field = |field: Option<ImapString>| field.map(|field| field.as_bytes().to_vec()).unwrap_or_default();
        let section = references();
        let references = row.sections.iter().find_map(|text| match (&text.name, &text.data) {
            (SectionName::Body(name), SectionBody::Here(bytes)) if name.matches(&section) => Some(bytes),
            _ => None,
        });
        let references = references.map(|bytes| bytes.get(..MAX_REFERENCES).unwrap_or(bytes).to_vec());
        Some(Self {
            message_id: field(envelope.and_then(Envelope::message_id)),
            in_reply_to: field(envelope.and_then(Envelope::in_reply_to)),
            references: references.unwrap_or_default(),
            ..Self::new(row.uid?.get(), sent(row), subject(row))
        })
    }
}

/// When the message was sent, else when it arrived (RFC 5256, section 2.2).
fn sent(row: &Fetch) -> i64 {
    let date = row.envelope.as_deref().and_then(Envelope::sent_at).or(row.internal_date);
    date.map(DateTime::unix_timestamp).unwrap_or_default()
}

fn subject(row: &Fetch) -> BaseSubject {
    let subject = row.envelope.as_deref().and_then(Envelope::subject);
    BaseSubject::of(&subject.as_ref().map(ImapString::decoded).unwrap_or_default())
}

/// What stands before the `@` of the first address; the name of a group that comes first.
fn mailbox(addresses: Addresses<'_>) -> Option<ImapString> {
    match addresses.first()? {
        Address::Mailbox(address) => address.mailbox,
        Address::GroupStart(name) => Some(name),
        Address::GroupEnd => None,
    }
}

/// What a client shows of the first address: its name, else the address itself; the name of a group that comes first.
fn displayed(addresses: Addresses<'_>) -> String {
    match addresses.first() {
        Some(Address::Mailbox(address)) => address.display_name().unwrap_or_else(|| address.address()),
        Some(Address::GroupStart(name)) => name.decoded(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_compared_is_fetched() {
        let items = |keys: &[SortKey]| items_to_sort(&keys.iter().map(|key| (*key).into()).collect::<Vec<SortBy>>());
        assert_eq!(items(&[SortKey::Size, SortKey::Size]), [FetchItem::Size]);
        let all = [SortKey::Subject, SortKey::DisplayTo, SortKey::Date, SortKey::Arrival];
        assert_eq!(items(&all), [FetchItem::Envelope, FetchItem::InternalDate]);
        assert_eq!(items_to_thread(false), [FetchItem::InternalDate, FetchItem::Envelope]);
        assert_eq!(items_to_thread(true).len(), 3);
    }
}
