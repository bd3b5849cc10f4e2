//! What is asked of every subject.

/// What is fetched, searched or listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Nothing: connect, log in, open the mailbox.
    Nothing,
    /// UIDs and flags of all messages.
    Flags,
    /// Envelopes of all messages.
    Envelopes,
    /// MIME structures of all messages.
    Structures,
    /// Whole messages of mixed sizes.
    Bodies,
    /// One whole message.
    Body,
    /// A search that finds all messages.
    Search,
    /// All mailboxes.
    List,
}

impl Operation {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Nothing, "nothing"),
        (Self::Flags, "flags"),
        (Self::Envelopes, "envelopes"),
        (Self::Structures, "structures"),
        (Self::Bodies, "bodies"),
        (Self::Body, "body"),
        (Self::Search, "search"),
        (Self::List, "list"),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(operation, _)| *operation == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(operation, _)| *operation)
    }

    /// The items of a FETCH, as the protocol writes them.
    pub(crate) fn items(self) -> &'static str {
        match self {
            Self::Envelopes => "(UID ENVELOPE)",
            Self::Structures => "(UID BODYSTRUCTURE)",
            Self::Bodies | Self::Body => "(UID BODY.PEEK[])",
            _ => "(UID FLAGS)",
        }
    }
}

/// One row of a table: an operation of a certain size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scenario {
    pub(crate) operation: Operation,
    /// How many messages, numbers or mailboxes; of one message, its bytes.
    pub(crate) size: u64,
    pub(crate) way: Way,
}

/// How bytes go over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Clear,
    Tls,
    /// COMPRESS=DEFLATE, in clear text.
    Deflate,
}

impl Way {
    /// What it adds to a name and to a title.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Clear => ("", ""),
            Self::Tls => ("-tls", ", TLS"),
            Self::Deflate => ("-deflate", ", COMPRESS=DEFLATE"),
        }
    }
}

impl Scenario {
    pub(crate) fn new(operation: Operation, size: u64) -> Self {
        Self { operation, size, way: Way::Clear }
    }

    pub(crate) fn over_tls(self) -> Self {
        Self { way: Way::Tls, ..self }
    }

    pub(crate) fn compressed(self) -> Self {
        Self { way: Way::Deflate, ..self }
    }

    /// A name of one word, for the figures.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}{}", self.operation.name(), self.size, self.way.words().0)
    }

    /// What it is, for people.
    pub(crate) fn title(&self) -> String {
        let size = crate::report::count(self.size);
        let what = match self.operation {
            Operation::Nothing => "connect, log in, open a mailbox".to_owned(),
            Operation::Flags => format!("{size} × `FETCH (UID FLAGS)`"),
            Operation::Envelopes => format!("{size} × `FETCH (UID ENVELOPE)`"),
            Operation::Structures => format!("{size} × `FETCH (UID BODYSTRUCTURE)`"),
            Operation::Bodies => format!("{size} whole messages"),
            Operation::Body => format!("one message of {} MiB", self.size >> 20),
            Operation::Search => format!("one SEARCH line with {size} numbers"),
            Operation::List => format!("LIST of {size} mailboxes"),
        };
        what + self.way.words().1
    }
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Floor,
    Blocking,
    BlockingCollected,
    Async,
    AsyncCollected,
    RustImap,
    AsyncImap,
    Imaplib,
    Aioimaplib,
    Imapflow,
}

impl Subject {
    const NAMES: [(Self, &'static str, &'static str); 10] = [
        (Self::Floor, "floor", "floor"),
        (Self::Blocking, "blocking", "**blocking, streamed**"),
        (Self::BlockingCollected, "blocking-collected", "**blocking, collected**"),
        (Self::Async, "async", "**async, streamed**"),
        (Self::AsyncCollected, "async-collected", "**async, collected**"),
        (Self::RustImap, "rust-imap", "imap 3.0.0-alpha.15 (Rust)"),
        (Self::AsyncImap, "async-imap", "async-imap 0.12 (Rust)"),
        (Self::Imaplib, "imaplib", "imaplib (Python)"),
        (Self::Aioimaplib, "aioimaplib", "aioimaplib (Python)"),
        (Self::Imapflow, "imapflow", "imapflow (Node)"),
    ];

    pub(crate) const OURS: [Self; 4] = [Self::Blocking, Self::BlockingCollected, Self::Async, Self::AsyncCollected];

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.iter().map(|(subject, _, _)| *subject)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(subject, _, _)| *subject == self).map_or("", |(_, name, _)| name)
    }

    /// As tables show it.
    pub(crate) fn title(self) -> &'static str {
        Self::NAMES.iter().find(|(subject, _, _)| *subject == self).map_or("", |(_, _, title)| title)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known, _)| *known == name).map(|(subject, _, _)| *subject)
    }

    pub(crate) fn is_peer(self) -> bool {
        self != Self::Floor && !Self::OURS.contains(&self)
    }

    /// Whether the subject has a form of this of its own.
    pub(crate) fn takes_part(self, scenario: &Scenario) -> bool {
        let streams = !matches!(scenario.operation, Operation::Search | Operation::List | Operation::Nothing);
        match self {
            Self::Blocking | Self::Async => streams,
            Self::Aioimaplib | Self::Imapflow => scenario.way == Way::Clear,
            // The others compress with code of the caller, or not at all.
            _ => scenario.way != Way::Deflate || !self.is_peer(),
        }
    }
}
