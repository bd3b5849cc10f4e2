//! LIST and LSUB: which mailboxes there are.

use std::collections::{HashMap, HashSet};

use super::{Command, Conduct, Incomplete, Tag};
use crate::types::{
    Capabilities, Capability, ListedMailbox, Listing, MailboxName, MailboxStatus, Metadata, MetadataEntry, MyRights,
    StatusItem, StatusResponse, Untagged,
};
use crate::wire::Encoder;

macro_rules! list_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal -> $response:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                reference: MailboxName,
                pattern: MailboxName,
                found: Vec<Listing>,
            }

            impl $name {
                /// Those that match `pattern`, in which `*` stands for any text and `%` for any within one level.
                #[must_use]
                pub fn new(reference: MailboxName, pattern: MailboxName) -> Self {
                    Self { reference, pattern, found: Vec::new() }
                }
            }

            impl Command for $name {
                type Output = Vec<Listing>;

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw(concat!($word, " ")).mailbox(&self.reference).space().pattern(&self.pattern);
                }

                fn conduct(&self) -> Conduct {
                    Conduct::new().answers_as(stringify!($response))
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
                    match response {
                        Untagged::$response(listing) if may_answer(&listing, Some(&self.reference), &[&self.pattern]) => {
                            self.found.push(listing);
                            None
                        }
                        other => Some(other),
                    }
                }

                fn finish(mut self, _completion: &StatusResponse) -> Result<Vec<Listing>, Incomplete> {
                    Listing::keep_apart(&mut self.found);
                    Ok(each_once(self.found))
                }
            }
        )*
    };
}

list_commands! {
    /// LIST: the mailboxes that match a pattern (RFC 9051, section 6.3.9).
    List = "LIST" -> List;
    /// LSUB: the mailboxes that the user subscribes to (RFC 3501, section 6.3.9; gone in RFC 9051).
    Lsub = "LSUB" -> Lsub;
    /// XLIST: as LIST, with special uses: only for servers with XLIST, which SPECIAL-USE replaced.
    XList = "XLIST" -> List;
    /// RLIST: as LIST, also of mailboxes that are on other servers: only for servers with MAILBOX-REFERRALS (RFC 2193).
    RList = "RLIST" -> List;
    /// RLSUB: as LSUB, also of mailboxes that are on other servers: only for servers with MAILBOX-REFERRALS (RFC 2193).
    RLsub = "RLSUB" -> Lsub;
}

/// Whether a response can be a part of the answer. In IMAP4rev2, and with NOTIFY, servers report what happened to mailboxes by
/// the same response, also while LIST runs: of any mailbox, also of those whose names do not fit.
fn may_answer(listing: &Listing, reference: Option<&MailboxName>, patterns: &[&MailboxName]) -> bool {
    if patterns.iter().any(|pattern| fits_any(pattern)) {
        return true;
    }
    let name = listing.name.to_text();
    let fits = |pattern: &&MailboxName| {
        let pattern = pattern.to_text();
        let refers = reference.is_some_and(|reference| !reference.to_text().is_empty());
        let unsure = refers || !name.is_ascii() || !pattern.is_ascii();
        let delimited = listing.delimiter.map_or_else(String::new, |delimiter| format!("{name}{delimiter}"));
        unsure || pattern.is_empty() || fits(&pattern, &name) || fits(&pattern, &delimited)
    };
    patterns.iter().any(fits)
}

/// Whether every name fits the pattern, since nothing is in it but wildcards.
fn fits_any(pattern: &MailboxName) -> bool {
    pattern.as_bytes().iter().all(|byte| matches!(byte, b'*' | b'%'))
}

/// Whether the name fits the pattern, in any case, where both wildcards stand for any text: some servers list more levels.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let mut pieces = pattern.split(['*', '%']);
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(before) = last.replace(piece) {
            let Some((_, behind)) = rest.split_once(before) else { return false };
            rest = behind;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// Each mailbox once: what was reported of it last counts, for that is the answer.
fn each_once(found: Vec<Listing>) -> Vec<Listing> {
    let mut names = HashSet::with_capacity(found.len());
    if found.iter().all(|listing| names.insert(&listing.name)) {
        return found;
    }
    let mut names = HashSet::new();
    let mut once: Vec<Listing> = found.into_iter().rev().filter(|listing| names.insert(listing.name.clone())).collect();
    once.reverse();
    once
}

/// Which mailboxes an extended LIST is about (RFC 5258, section 3.1; RFC 6154).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListSelection {
    /// Those that the user subscribes to, whether they are there or not.
    Subscribed,
    /// Those on other servers too.
    Remote,
    /// Also those that do not match themselves but have children that do; only together with another selection.
    RecursiveMatch,
    /// Those with a special use.
    SpecialUse,
}

/// What an extended LIST returns about each mailbox (RFC 5258, section 3.2; RFC 5819; RFC 6154).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListReturn {
    /// Whether the user subscribes to it.
    Subscribed,
    /// Whether it has children.
    Children,
    /// Its special use.
    SpecialUse,
    /// These figures: only for servers with LIST-STATUS or IMAP4rev2.
    Status(Vec<StatusItem>),
    /// What the user may do with it: only for servers with LIST-MYRIGHTS (RFC 8440).
    MyRights,
    /// These notes about it, such as `/private/comment`: only for servers with LIST-METADATA (RFC 9590).
    Metadata(Vec<String>),
}

/// LIST with selection and return options: only for servers with LIST-EXTENDED or IMAP4rev2 (RFC 9051, section 6.3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListExtended {
    patterns: Vec<MailboxName>,
    selection: Vec<ListSelection>,
    returned: Vec<ListReturn>,
    found: Vec<Listing>,
    figures: Vec<MailboxStatus>,
    rights: Vec<MyRights>,
    metadata: Vec<Metadata>,
}

impl ListExtended {
    /// The mailboxes that match one of the patterns. More than one pattern is only for servers with LIST-EXTENDED.
    #[must_use]
    pub fn new(patterns: impl IntoIterator<Item = MailboxName>) -> Self {
        Self {
            patterns: patterns.into_iter().collect(),
            selection: Vec::new(),
            returned: Vec::new(),
            found: Vec::new(),
            figures: Vec::new(),
            rights: Vec::new(),
            metadata: Vec::new(),
        }
    }

    /// Only these mailboxes.
    #[must_use]
    pub fn select(mut self, selection: impl IntoIterator<Item = ListSelection>) -> Self {
        self.selection.extend(selection);
        self
    }

    /// Returns these things about each mailbox.
    #[must_use]
    pub fn returning(mut self, returned: impl IntoIterator<Item = ListReturn>) -> Self {
        self.returned.extend(returned);
        self
    }

    fn may_answer(&self, listing: &Listing) -> bool {
        // Parents of what fits are listed, too.
        let recursive = self.selection.contains(&ListSelection::RecursiveMatch);
        let patterns: Vec<&MailboxName> = self.patterns.iter().collect();
        recursive || may_answer(listing, None, &patterns)
    }

    /// The first extension that the options need and the server does not offer.
    #[must_use]
    pub fn unsupported(&self, capabilities: &Capabilities) -> Option<Capability> {
        let selected = self.selection.iter().map(|selection| match selection {
            ListSelection::SpecialUse => Capability::SpecialUse,
            _ => Capability::ListExtended,
        });
        let returned = self.returned.iter().map(|returned| match returned {
            ListReturn::SpecialUse => Capability::SpecialUse,
            ListReturn::Status(_) => Capability::ListStatus,
            ListReturn::MyRights => Capability::ListMyRights,
            ListReturn::Metadata(_) => Capability::ListMetadata,
            _ => Capability::ListExtended,
        });
        let mut needed = std::iter::once(Capability::ListExtended).chain(selected).chain(returned);
        needed.find(|capability| !capabilities.supports(*capability))
    }
}

impl Command for ListExtended {
    /// Each mailbox with its figures, if they were asked for; those that cannot be selected have none.
    type Output = Vec<ListedMailbox>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("LIST ");
        if !self.selection.is_empty() {
            encoder.list(&self.selection, |encoder, selection| {
                encoder.raw(match selection {
                    ListSelection::Subscribed => "SUBSCRIBED",
                    ListSelection::Remote => "REMOTE",
                    ListSelection::RecursiveMatch => "RECURSIVEMATCH",
                    ListSelection::SpecialUse => "SPECIAL-USE",
                })
            });
            encoder.space();
        }
        encoder.raw("\"\" ");
        match self.patterns.as_slice() {
            [] => encoder.refuse("list of patterns (it is empty)", ""),
            [pattern] => encoder.pattern(pattern),
            patterns => encoder.list(patterns, |encoder, pattern| encoder.pattern(pattern)),
        };
        if !self.returned.is_empty() {
            encoder.raw(" RETURN ").list(&self.returned, |encoder, returned| match returned {
                ListReturn::Subscribed => encoder.raw("SUBSCRIBED"),
                ListReturn::Children => encoder.raw("CHILDREN"),
                ListReturn::SpecialUse => encoder.raw("SPECIAL-USE"),
                ListReturn::Status(items) if items.is_empty() => {
                    encoder.refuse("list of STATUS items (it is empty)", "")
                }
                ListReturn::Status(items) => {
                    encoder.raw("STATUS ").list(items, |encoder, item| encoder.raw(item.name()))
                }
                ListReturn::MyRights => encoder.raw("MYRIGHTS"),
                ListReturn::Metadata(entries) if entries.is_empty() => {
                    encoder.refuse("list of entries (it is empty)", "")
                }
                ListReturn::Metadata(entries) => {
                    encoder.raw("METADATA ").list(entries, |encoder, entry| encoder.astring(entry))
                }
            });
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("LIST")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        let asked = |kind: fn(&ListReturn) -> bool| self.returned.iter().any(kind);
        match response {
            Untagged::List(listing) if self.may_answer(&listing) => self.found.push(listing),
            Untagged::MailboxStatus(status) if asked(|returned| matches!(returned, ListReturn::Status(_))) => {
                self.figures.push(*status);
            }
            Untagged::MyRights(rights) if asked(|returned| *returned == ListReturn::MyRights) => {
                self.rights.push(rights)
            }
            Untagged::Metadata(metadata)
                if metadata.changed.is_empty() && asked(|returned| matches!(returned, ListReturn::Metadata(_))) =>
            {
                self.metadata.push(metadata);
            }
            other => return Some(other),
        }
        None
    }

    fn finish(mut self, _completion: &StatusResponse) -> Result<Self::Output, Incomplete> {
        Listing::keep_apart(&mut self.found);
        let mut figures: HashMap<_, _> = self.figures.into_iter().map(|status| (status.name.clone(), status)).collect();
        let mut rights: HashMap<_, _> = self.rights.into_iter().map(|mine| (mine.mailbox, mine.rights)).collect();
        let mut metadata: HashMap<MailboxName, Vec<MetadataEntry>> = HashMap::new();
        for Metadata { mailbox, entries, .. } in self.metadata {
            metadata.entry(mailbox).or_default().extend(entries);
        }
        let complete = |listing: Listing| {
            // Its other responses have the name as the server writes it.
            let written = listing.written_name();
            let status = about(&mut figures, &listing.name, written.as_ref());
            let rights = about(&mut rights, &listing.name, written.as_ref());
            let metadata = about(&mut metadata, &listing.name, written.as_ref()).unwrap_or_default();
            ListedMailbox { rights, metadata, ..ListedMailbox::new(listing, status) }
        };
        Ok(each_once(self.found).into_iter().map(complete).collect())
    }
}

/// Removes and returns what is about a mailbox, by its name or by the one that the server wrote.
fn about<T>(values: &mut HashMap<MailboxName, T>, name: &MailboxName, written: Option<&MailboxName>) -> Option<T> {
    values.remove(name).or_else(|| values.remove(written?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Encoding, Fragment};

    #[test]
    fn what_does_not_fit_is_no_answer() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("%", "a/b", true),
            ("Work/*", "Work/a", true),
            ("Work/*", "Other", false),
            ("inbox", "INBOX", true),
            ("one", "two", false),
            ("one", "one/two", false),
            ("Work/", "Work", true),
            ("*a*b", "xaxab", true),
            ("*a*b", "xb", false),
            ("%b", "ab", true),
            ("", "a", true),
            ("gr*", "Grün", true),
        ] {
            let pattern = MailboxName::new(pattern).unwrap();
            let listing = Listing::new(MailboxName::new(name).unwrap(), Some('/'));
            assert_eq!(may_answer(&listing, None, &[&pattern]), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn options_stand_where_the_grammar_has_them() {
        let name = |text: &str| MailboxName::new(text).unwrap();
        let command = ListExtended::new([name("*"), name("a b/%")])
            .select([ListSelection::Subscribed, ListSelection::RecursiveMatch])
            .returning([ListReturn::Children, ListReturn::Status(vec![StatusItem::Messages, StatusItem::Size])]);
        let mut encoder = Encoder::new(Encoding::default());
        command.encode(&mut encoder);
        let expected =
            "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (* \"a b/%\") RETURN (CHILDREN STATUS (MESSAGES SIZE))\r\n";
        assert_eq!(encoder.finish().unwrap(), [Fragment::Bytes(expected.as_bytes().to_vec().into(), Vec::new())]);
    }
}
