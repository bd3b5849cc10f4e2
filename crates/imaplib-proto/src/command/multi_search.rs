//! ESEARCH: a search of several mailboxes (RFC 7377).

use super::search::encode_returns;
use super::{Command, Conduct, Incomplete, Search, SearchReturn, Tag};
use crate::types::{ExtendedSearch, MailboxName, StatusResponse, Untagged};
use crate::wire::Encoder;

/// Which mailboxes a search looks at (RFC 7377, section 2.2; RFC 5465, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchedMailboxes {
    /// The selected one.
    Selected,
    /// Those into which mail is delivered.
    Inboxes,
    /// All of the user's own.
    Personal,
    /// Those that the user subscribes to.
    Subscribed,
    /// This one and all below.
    Subtree(MailboxName),
    /// This one and those one level below.
    SubtreeOne(MailboxName),
    /// These.
    Mailboxes(Vec<MailboxName>),
}

/// ESEARCH: the messages of several mailboxes that meet the conditions: only for servers with MULTISEARCH (RFC 7377).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiSearch {
    mailboxes: Vec<SearchedMailboxes>,
    conditions: Search,
    wanted: Vec<SearchReturn>,
    found: Vec<ExtendedSearch>,
}

impl MultiSearch {
    /// Searches these mailboxes, and returns what is wanted of each result: all messages if nothing is named.
    #[must_use]
    pub fn new(
        mailboxes: impl IntoIterator<Item = SearchedMailboxes>,
        conditions: Search,
        wanted: impl Into<Vec<SearchReturn>>,
    ) -> Self {
        Self { mailboxes: mailboxes.into_iter().collect(), conditions, wanted: wanted.into(), found: Vec::new() }
    }
}

impl Command for MultiSearch {
    /// A result for each mailbox in which something was found, with its name and its UIDVALIDITY. The numbers are UIDs.
    type Output = Vec<ExtendedSearch>;

    fn encode(&self, encoder: &mut Encoder) {
        if self.mailboxes.is_empty() {
            encoder.refuse("list of mailboxes to search (it is empty)", "");
        }
        encoder.raw("ESEARCH IN ").list(&self.mailboxes, |encoder, mailboxes| match mailboxes {
            SearchedMailboxes::Selected => encoder.raw("selected"),
            SearchedMailboxes::Inboxes => encoder.raw("inboxes"),
            SearchedMailboxes::Personal => encoder.raw("personal"),
            SearchedMailboxes::Subscribed => encoder.raw("subscribed"),
            SearchedMailboxes::Subtree(name) => encoder.raw("subtree ").mailbox(name),
            SearchedMailboxes::SubtreeOne(name) => encoder.raw("subtree-one ").mailbox(name),
            SearchedMailboxes::Mailboxes(names) if names.is_empty() => {
                encoder.refuse("list of mailboxes to search (it is empty)", "")
            }
            SearchedMailboxes::Mailboxes(names) => {
                encoder.raw("mailboxes ").list(names, |encoder, name| encoder.mailbox(name))
            }
        });
        encode_returns(&self.wanted, encoder.raw(" RETURN "));
        self.conditions.encode(encoder.space());
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("SEARCH")
    }

    fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::ESearch(result) if !tag.is_answered_elsewhere(result.tag.as_ref()) => {
                self.found.push(*result);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<ExtendedSearch>, Incomplete> {
        Ok(self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;

    #[test]
    fn mailboxes_and_options_stand_where_the_grammar_has_them() {
        let name = |text: &str| MailboxName::new(text).unwrap();
        let all = [
            SearchedMailboxes::Personal,
            SearchedMailboxes::Subtree(name("Lists")),
            SearchedMailboxes::Mailboxes(vec![name("INBOX"), name("a b")]),
        ];
        let search = MultiSearch::new(all, Search::unseen(), [SearchReturn::Min, SearchReturn::Count]);
        let expected = r#"ESEARCH IN (personal subtree Lists mailboxes (INBOX "a b")) RETURN (MIN COUNT) UNSEEN"#;
        assert_eq!(sent(&search).unwrap(), expected);
        assert!(sent(&MultiSearch::new([], Search::all(), [])).is_err());
        assert!(sent(&MultiSearch::new([SearchedMailboxes::Mailboxes(Vec::new())], Search::all(), [])).is_err());
    }
}
