//! What known servers do not tolerate, where the shape of what they send does not show it.

use crate::types::Id;

/// How a known server must be treated. A server that is not known has the default: nothing special.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerProfile {
    /// It closes the connection when it is asked for NAMESPACE, which is therefore never sent.
    pub no_namespace: bool,
    /// It opens no mailbox before it was told by ID who the client is.
    pub requires_id: bool,
    /// It offers channel binding on TLS 1.3 and knows only `tls-unique`, which that version does not have: a login with
    /// `tls-exporter` would be refused, and count as one that failed.
    pub rejects_tls_exporter: bool,
    /// It answers FETCH X-GUID by an identifier that a message keeps when it is copied or moved, and does not announce it.
    pub has_guid: bool,
}

/// A server: words of its greeting or of the name in its ID, and how to treat it.
struct Known {
    words: &'static str,
    profile: ServerProfile,
}

const KNOWN: [Known; 4] = [
    Known { words: "Microsoft Exchange Server 2003", profile: ServerProfile { no_namespace: true, ..NOTHING } },
    // 163.com and 126.com.
    Known { words: "Coremail", profile: ServerProfile { requires_id: true, ..NOTHING } },
    Known { words: "Cyrus IMAP", profile: ServerProfile { rejects_tls_exporter: true, ..NOTHING } },
    Known { words: "Dovecot", profile: ServerProfile { has_guid: true, ..NOTHING } },
];

const NOTHING: ServerProfile =
    ServerProfile { no_namespace: false, requires_id: false, rejects_tls_exporter: false, has_guid: false };

impl ServerProfile {
    /// The profile of the server that greets so.
    #[must_use]
    pub fn by_greeting(text: &str) -> Self {
        let known = KNOWN.iter().find(|known| text.contains(known.words));
        known.map_or_else(Self::default, |known| known.profile)
    }

    /// The profile of the server that calls itself so.
    #[must_use]
    pub fn by_id(id: &Id) -> Self {
        id.field("name").map_or_else(Self::default, |name| Self::by_greeting(&name.to_string_lossy()))
    }

    /// The name of the responses to a command if it must not be sent to the server.
    pub(super) fn withheld(self, answers_as: Option<&'static str>) -> Option<&'static str> {
        answers_as.filter(|name| self.no_namespace && *name == "NAMESPACE")
    }

    /// What either of the two needs.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            no_namespace: self.no_namespace || other.no_namespace,
            requires_id: self.requires_id || other.requires_id,
            rejects_tls_exporter: self.rejects_tls_exporter || other.rejects_tls_exporter,
            has_guid: self.has_guid || other.has_guid,
        }
    }
}
