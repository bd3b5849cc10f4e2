//! How servers name the contents of messages, in all mailboxes alike.

use imaplib::command::FetchItem;
use imaplib::types::Fetch;

/// How a server names the contents of a message, in all mailboxes alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerId {
    /// X-GM-MSGID.
    Gmail,
    /// EMAILID (RFC 8474).
    Email,
    /// X-GUID, which Dovecot answers and does not announce.
    Guid,
}

impl ServerId {
    pub(crate) fn item(self) -> FetchItem {
        match self {
            Self::Gmail => FetchItem::GmailMessageId,
            Self::Email => FetchItem::EmailId,
            Self::Guid => FetchItem::Other("X-GUID".to_owned()),
        }
    }

    /// The identifier in a row, behind its kind, as the database has it.
    pub(crate) fn read(self, row: &Fetch) -> Option<String> {
        let is_plain = |text: &str| (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        match self {
            Self::Gmail => row.gmail_message_id().map(|id| format!("X-GM-MSGID {id}")),
            Self::Email => row.email_id().map(|id| format!("EMAILID {}", id.to_string_lossy())),
            Self::Guid => {
                let (_, value) = row.other.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(b"X-GUID"))?;
                let text = std::str::from_utf8(value).ok()?.trim().trim_matches('"');
                is_plain(text).then(|| format!("X-GUID {text}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use imaplib::types::ImapString;

    use super::*;

    #[test]
    fn an_identifier_is_a_word_behind_its_kind() {
        let row = |value: &'static str| {
            let mut row = Fetch::default();
            row.other.push((ImapString::from("x-guid"), value.as_bytes().into()));
            row
        };
        for (value, read) in [
            ("4c2d7a", Some("X-GUID 4c2d7a")),
            ("\"1300.M1P2\"", Some("X-GUID 1300.M1P2")),
            ("", None),
            ("\"\"", None),
            ("a b", None),
        ] {
            assert_eq!(ServerId::Guid.read(&row(value)).as_deref(), read, "{value}");
        }
        assert_eq!(ServerId::Email.read(&Fetch::default()), None);
    }
}
