//! SEARCH: the messages that meet conditions.

use super::{Command, Incomplete, Role, Search};
use crate::response::{StatusResponse, Untagged};
use crate::types::{SeqNum, SeqSet, Uid, UidSet};
use crate::wire::Encoder;

macro_rules! search_commands {
    ($($(#[$doc:meta])* $name:ident($words:literal, uid: $uid:literal) -> $set:ident of $number:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                conditions: Search,
                extended: bool,
                found: $set,
            }

            impl $name {
                /// Searches the selected mailbox.
                #[must_use]
                pub fn new(conditions: Search) -> Self {
                    Self { conditions, extended: false, found: $set::new() }
                }

                /// Asks for the answer as ranges: only for servers with ESEARCH or IMAP4rev2 (RFC 4731).
                #[must_use]
                pub fn extended(mut self) -> Self {
                    self.extended = true;
                    self
                }
            }

            impl Command for $name {
                type Output = $set;

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw($words);
                    if self.extended {
                        encoder.raw(" RETURN (ALL)");
                    }
                    encoder.space();
                    self.conditions.encode(encoder);
                }

                fn role(&self) -> Role {
                    if !$uid || self.conditions.uses_sequence_numbers() {
                        Role::SequenceNumbers("SEARCH")
                    } else {
                        Role::Named("SEARCH")
                    }
                }

                fn collect(&mut self, response: Untagged) -> Option<Untagged> {
                    let ranges = match response {
                        Untagged::Search(result) => result.numbers,
                        // Some servers answer so without being asked, and without saying UID.
                        Untagged::ESearch(result) if result.mailbox.is_none() => {
                            let mut ranges = result.all.unwrap_or_default();
                            ranges.extend(result.min.map(|number| (number, number)));
                            ranges.extend(result.max.map(|number| (number, number)));
                            ranges
                        }
                        other => return Some(other),
                    };
                    for (low, high) in ranges {
                        if let (Some(low), Some(high)) = ($number::new(low), $number::new(high)) {
                            self.found.insert_range(low, high);
                        }
                    }
                    None
                }

                fn finish(self, _completion: &StatusResponse) -> Result<$set, Incomplete> {
                    Ok(self.found)
                }
            }
        )*
    };
}

search_commands! {
    /// UID SEARCH: the unique identifiers of the messages that meet the conditions (RFC 9051, section 6.4.4).
    UidSearch("UID SEARCH", uid: true) -> UidSet of Uid;
    /// SEARCH: the sequence numbers of the messages that meet the conditions (RFC 9051, section 6.4.4).
    SeqSearch("SEARCH", uid: false) -> SeqSet of SeqNum;
}
