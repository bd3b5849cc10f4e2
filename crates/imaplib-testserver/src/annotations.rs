//! What mailboxes and accounts have beside mail: annotations (RFC 5464), and limits (RFC 9208).

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::cursor::{Cursor, Parsed, Syntax, is_atom_char};
use crate::response::{Completion, Response};

/// The longest value, in bytes.
pub(crate) const MAX_VALUE: usize = 64 * 1024;
/// The number of entries that a mailbox can have.
const MAX_ENTRIES: usize = 100;
/// The longest name of an entry, in bytes.
const MAX_NAME: usize = 1000;

/// Values by the names of their entries, which are in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Annotations(BTreeMap<String, Bytes>);

/// How far below an entry others are returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Zero,
    One,
    Infinity,
}

/// Reads the name of an entry, such as `/shared/comment`.
pub(crate) fn entry(args: &mut Cursor) -> Parsed<String> {
    let name = String::from_utf8_lossy(&args.astring()?).to_ascii_lowercase();
    let levels = name.strip_prefix("/private").or_else(|| name.strip_prefix("/shared"));
    let valid = levels.is_some_and(|levels| levels.is_empty() || levels.starts_with('/'))
        && !name.ends_with('/')
        && !name.contains("//")
        && name.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'*' | b'%'))
        && name.len() <= MAX_NAME;
    if valid { Ok(name) } else { Err(Syntax::new("not a valid name of an entry")) }
}

/// Writes the name of an entry.
pub(crate) fn write_entry(out: &mut Response, name: &str) {
    if name.bytes().all(is_atom_char) {
        out.text(name);
    } else {
        out.string(name.as_bytes());
    }
}

impl Annotations {
    /// An entry and those below it that have values, in the order of their names.
    pub(crate) fn below<'a>(&'a self, entry: &'a str, depth: Depth) -> impl Iterator<Item = (&'a str, &'a Bytes)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value)).filter(move |(name, _)| {
            let Some(rest) = name.strip_prefix(entry) else { return false };
            match (depth, rest.strip_prefix('/')) {
                (_, None) => rest.is_empty(),
                (Depth::Zero, _) => false,
                (Depth::One, Some(rest)) => !rest.contains('/'),
                (Depth::Infinity, _) => true,
            }
        })
    }

    /// The names of the entries that have another value than before, or none any more.
    pub(crate) fn changed_since<'a>(&'a self, before: &'a Self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.0.keys().chain(before.0.keys()).map(String::as_str).collect();
        names.retain(|name| self.0.get(*name) != before.0.get(*name));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Sets all of these entries or none; returns the names of those that have changed.
    pub(crate) fn set(&mut self, changes: Vec<(String, Option<Bytes>)>) -> Result<Vec<String>, Completion> {
        if changes.iter().any(|(_, value)| value.as_ref().is_some_and(|value| value.len() > MAX_VALUE)) {
            return Completion::no(format!("[METADATA MAXSIZE {MAX_VALUE}] a value is too large"));
        }
        let mut after = self.0.clone();
        let mut changed = Vec::new();
        for (name, value) in changes {
            let before = match value.clone() {
                Some(value) => after.insert(name.clone(), value),
                None => after.remove(&name),
            };
            if before != value {
                changed.push(name);
            }
        }
        if after.len() > MAX_ENTRIES {
            return Completion::no("[METADATA TOOMANY] too many entries");
        }
        self.0 = after;
        Ok(changed)
    }
}

/// The limits of an account; `None` means that there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// In units of 1024 bytes.
    pub(crate) storage: Option<u64>,
    pub(crate) messages: Option<u64>,
}

/// What an account holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) bytes: u64,
    pub(crate) messages: u64,
}

impl Usage {
    /// Of messages of these sizes.
    pub(crate) fn sum(sizes: impl Iterator<Item = u64>) -> Self {
        sizes.fold(Self::default(), |sum, size| Self {
            bytes: sum.bytes.saturating_add(size),
            messages: sum.messages + 1,
        })
    }

    /// In units of 1024 bytes, the last one begun.
    pub(crate) fn storage(self) -> u64 {
        self.bytes.div_ceil(1024)
    }
}

impl Limits {
    /// Whether so much is allowed.
    pub(crate) fn allow(self, usage: Usage) -> bool {
        self.storage.is_none_or(|limit| usage.storage() <= limit)
            && self.messages.is_none_or(|limit| usage.messages <= limit)
    }
}
