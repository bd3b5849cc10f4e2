//! Untagged data as JSON: the fields of each kind.

use bytes::Bytes;
use imaplib_proto::types::{
    ExtendedSearch, ImapString, Listing, MailboxName, MailboxStatus, Namespace, Namespaces, ResultChange, Rights,
    ThreadNode, Threads, Untagged,
};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::message;
use super::streamed::ListLine;
use super::values::{by_name, set};
use crate::output::json::{bytes, key};

/// Adds `kind` and the typed fields; false if the kind is not known here.
pub(crate) fn insert(fields: &mut Map<String, Value>, data: &Untagged) -> bool {
    let mut add = |kind: &str, rest: Value| {
        fields.insert("kind".to_owned(), kind.into());
        if let Value::Object(rest) = rest {
            fields.extend(rest);
        }
    };
    if let Some(line) = ListLine::of(data) {
        // The line's first field is the kind.
        if let Ok(Value::Object(list)) = serde_json::to_value(&line) {
            fields.extend(list);
        }
        return true;
    }
    match data {
        Untagged::Capability(list) => {
            add("CAPABILITY", json!({"capabilities": list.iter().map(text).collect::<Vec<_>>()}))
        }
        Untagged::Enabled(list) => add("ENABLED", json!({"capabilities": list.iter().map(text).collect::<Vec<_>>()})),
        Untagged::Flags(flags) => add("FLAGS", json!({"flags": message::flags(flags)})),
        Untagged::List(listing) => add("LIST", list(listing)),
        Untagged::Lsub(listing) => add("LSUB", list(listing)),
        Untagged::MailboxStatus(status) => add("STATUS", mailbox_status(status)),
        Untagged::ESearch(result) => add("ESEARCH", extended_search(result)),
        Untagged::Exists(count) => add("EXISTS", json!({"count": count})),
        Untagged::Recent(count) => add("RECENT", json!({"count": count})),
        Untagged::Expunge(seq) => add("EXPUNGE", json!({"seq": seq.get()})),
        Untagged::Vanished { earlier, uids } => add("VANISHED", json!({"earlier": earlier, "uids": uids.to_string()})),
        Untagged::Fetch(fetch) => {
            let seq = fetch.seq.map(imaplib_proto::types::SeqNum::get);
            add("FETCH", json!({"seq": seq, "items": message::items(fetch)}));
        }
        Untagged::Namespace(namespaces) => add("NAMESPACE", namespace(namespaces)),
        Untagged::Id(id) => {
            let pairs = id.iter().map(|(name, value)| (key(name.as_bytes()), value.map(text).into()));
            add("ID", json!({"fields": by_name(pairs)}));
        }
        Untagged::Thread(threads) => {
            let node = |node: ThreadNode| json!({"number": node.number, "parent": node.parent, "depth": node.depth});
            add("THREAD", json!({"messages": threads.iter().map(node).collect::<Vec<_>>()}));
        }
        Untagged::Acl(acl) => {
            let entries = acl.entries.iter().map(|(who, rights)| (key(who.as_bytes()), rights.as_str().into()));
            add("ACL", json!({"mailbox": acl.mailbox.to_text(), "rights": by_name(entries)}));
        }
        Untagged::ListRights(list) => add(
            "LISTRIGHTS",
            json!({
                "mailbox": list.mailbox.to_text(),
                "identifier": text(&list.identifier),
                "required": list.required.as_str(),
                "optional": list.optional.iter().map(Rights::as_str).collect::<Vec<_>>(),
            }),
        ),
        Untagged::MyRights(mine) => {
            add("MYRIGHTS", json!({"mailbox": mine.mailbox.to_text(), "rights": mine.rights.as_str()}))
        }
        Untagged::QuotaRoots(roots) => add(
            "QUOTAROOT",
            json!({
                "mailbox": roots.mailbox.to_text(),
                "roots": roots.roots.iter().map(text).collect::<Vec<_>>(),
            }),
        ),
        Untagged::Metadata(found) => add(
            "METADATA",
            json!({
                "mailbox": found.mailbox.to_text(),
                "entries": found.entries.iter()
                    .map(|entry| json!([text(&entry.name), entry.value.as_ref().map(|value| bytes(value))])).collect::<Vec<_>>(),
                "changed": found.changed.iter().map(text).collect::<Vec<_>>(),
            }),
        ),
        Untagged::Annotation(found) => add(
            "ANNOTATION",
            json!({
                "mailbox": found.mailbox.to_text(),
                "entry": text(&found.entry),
                "attributes": found.attributes.iter()
                    .map(|(name, value)| json!([text(name), value.as_ref().map(text)])).collect::<Vec<_>>(),
            }),
        ),
        // A kind that the library learns before this program does.
        _ => {
            add("UNKNOWN", Value::Null);
            return false;
        }
    }
    true
}

fn text(text: &ImapString) -> Value {
    bytes(text.as_bytes())
}

fn list(listing: &Listing) -> Value {
    let mut value = json!({
        "attributes": listing.attributes.iter().map(|attribute| bytes(attribute.as_bytes())).collect::<Vec<_>>(),
        "delimiter": listing.delimiter.map(String::from),
        "mailbox": listing.name.to_text(),
    });
    if let Some(fields) = value.as_object_mut() {
        raw_name(fields, &listing.name);
        if let Some(old) = &listing.old_name {
            fields.insert("old_name".to_owned(), old.to_text().into());
        }
        if !listing.child_info.is_empty() {
            fields.insert("child_info".to_owned(), listing.child_info.iter().map(text).collect());
        }
        if !listing.extended.is_empty() {
            fields.insert("extended".to_owned(), raw_pairs(&listing.extended));
        }
    }
    value
}

/// Adds the raw form of a name that cannot be decoded: another one can be shown as it is.
fn raw_name(fields: &mut Map<String, Value>, name: &MailboxName) {
    if !name.is_readable() {
        fields.insert("mailbox_raw".to_owned(), name.to_raw().into());
    }
}

/// Names and values as they came, in their order.
fn raw_pairs(pairs: &[(ImapString, Bytes)]) -> Value {
    pairs.iter().map(|(name, value)| json!([text(name), bytes(value)])).collect()
}

fn mailbox_status(status: &MailboxStatus) -> Value {
    let mut items = Map::new();
    let numbers = [
        ("MESSAGES", status.messages),
        ("RECENT", status.recent),
        ("UIDNEXT", status.uid_next),
        ("UIDVALIDITY", status.uid_validity),
        ("UNSEEN", status.unseen),
        ("DELETED", status.deleted),
        ("SIZE", status.size),
        ("DELETED-STORAGE", status.deleted_storage),
        ("HIGHESTMODSEQ", status.highest_mod_seq),
    ];
    items.extend(numbers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    if let Some(limit) = status.append_limit {
        items.insert("APPENDLIMIT".to_owned(), limit.into());
    }
    if let Some(ids) = &status.object_ids {
        let ids: Map<_, _> = ids.iter().map(|(kind, id)| (kind.to_owned(), text(id))).collect();
        items.insert("OBJECTID".to_owned(), ids.into());
    } else if let Some(id) = &status.mailbox_id {
        items.insert("MAILBOXID".to_owned(), text(id));
    }
    let other = status.other.iter().map(|(name, value)| (key(name.as_bytes()), bytes(value)));
    let items = by_name(items.into_iter().chain(other));
    let mut fields = Map::new();
    fields.insert("mailbox".to_owned(), status.name.to_text().into());
    raw_name(&mut fields, &status.name);
    fields.insert("status".to_owned(), Value::Object(items));
    Value::Object(fields)
}

fn extended_search(result: &ExtendedSearch) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("for_tag", result.tag.as_ref().map(text));
    add("mailbox", result.mailbox.as_ref().map(|name| name.to_text().into()));
    add("uidvalidity", result.uid_validity.map(Value::from));
    add("uid", Some(result.uid.into()));
    add("min", result.min.map(Value::from));
    add("max", result.max.map(Value::from));
    add("all", result.all.as_ref().map(|ranges| set(ranges.iter().copied()).into()));
    add("count", result.count.map(Value::from));
    add("modseq", result.mod_seq.map(Value::from));
    if !result.changes.is_empty() {
        let change = |change: &ResultChange| match change {
            ResultChange::Added { place, numbers } => json!({"place": place, "added": set(numbers.iter().copied())}),
            ResultChange::Removed { place, numbers } => {
                json!({"place": place, "removed": set(numbers.iter().copied())})
            }
            _ => Value::Null,
        };
        add("changes", Some(result.changes.iter().map(change).collect()));
    }
    if !result.other.is_empty() {
        add("other", Some(raw_pairs(&result.other)));
    }
    Value::Object(fields)
}

fn namespace(namespaces: &Namespaces) -> Value {
    let one = |space: &Namespace| {
        let mut value = json!({"prefix": space.prefix.to_text(), "delimiter": space.delimiter.map(String::from)});
        if let Some(fields) = value.as_object_mut().filter(|_| !space.extensions.is_empty()) {
            let pair = |(name, values): &(ImapString, Vec<ImapString>)| {
                json!([text(name), values.iter().map(text).collect::<Vec<_>>()])
            };
            fields.insert("extensions".to_owned(), space.extensions.iter().map(pair).collect());
        }
        value
    };
    let list = |spaces: &[Namespace]| spaces.iter().map(one).collect::<Value>();
    json!({
        "personal": list(&namespaces.personal),
        "other_users": list(&namespaces.other_users),
        "shared": list(&namespaces.shared),
    })
}

/// The object of a response.
pub(super) struct ThreadLine<'a>(pub(super) &'a Threads);

impl Serialize for ThreadLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(2))?;
        fields.serialize_entry("kind", "THREAD")?;
        fields.serialize_entry("messages", &Nodes(self.0))?;
        fields.end()
    }
}

struct Nodes<'a>(&'a Threads);

impl Serialize for Nodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Node::from))
    }
}

#[derive(Serialize)]
struct Node {
    number: Option<u32>,
    parent: Option<usize>,
    depth: usize,
}

impl From<ThreadNode> for Node {
    fn from(node: ThreadNode) -> Self {
        Self { number: node.number, parent: node.parent, depth: node.depth }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use imaplib_proto::parse::{self, Context};
    use imaplib_proto::types::{Response, Untagged};

    use super::*;

    #[test]
    fn node_by_node_it_is_the_same_object() {
        let line = Bytes::from_static(b"* THREAD (2 (3)(4 5))((6)(7))(8)\r\n");
        let Response::Untagged(Untagged::Thread(threads)) = parse::read(&line, &Context::default()).response else {
            panic!("no THREAD");
        };
        let (value, understood) = crate::transcript::object(&line, &Context::default());
        assert!(understood);
        assert_eq!(serde_json::to_string(&ThreadLine(&threads)).unwrap(), value.to_string());
    }
}
