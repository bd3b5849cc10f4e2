//! What a server can do, and how it describes itself: capabilities, and ID (RFC 2971).

use std::collections::HashSet;
use std::fmt;

use super::{ImapString, InvalidValue};

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A capability that this library knows by name (the IANA registry of IMAP capabilities).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Capability {
            $($(#[$doc])* $name,)*
        }

        impl Capability {
            pub(crate) const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $text),)*];

            /// The name in the registry's spelling.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

capabilities! {
    /// The base protocol of RFC 1730.
    Imap4 = "IMAP4",
    /// The base protocol of RFC 3501.
    Imap4Rev1 = "IMAP4rev1",
    /// The base protocol of RFC 9051.
    Imap4Rev2 = "IMAP4rev2",
    /// Access control lists (RFC 4314).
    Acl = "ACL",
    /// Annotations of messages (RFC 5257).
    Annotate = "ANNOTATE-EXPERIMENT-1",
    /// Binary content without transfer encoding (RFC 3516).
    Binary = "BINARY",
    /// APPEND from parts of other messages (RFC 4469).
    Catenate = "CATENATE",
    /// `\HasChildren` and `\HasNoChildren` in LIST (RFC 3348).
    Children = "CHILDREN",
    /// Compression of the connection (RFC 4978).
    CompressDeflate = "COMPRESS=DEFLATE",
    /// Modification sequences (RFC 7162).
    CondStore = "CONDSTORE",
    /// Search results in pages and with updates (RFC 5267).
    ContextSearch = "CONTEXT=SEARCH",
    /// Sort results in pages and with updates (RFC 5267).
    ContextSort = "CONTEXT=SORT",
    /// Conversion of parts by the server (RFC 5259).
    Convert = "CONVERT",
    /// CREATE with a special use (RFC 6154).
    CreateSpecialUse = "CREATE-SPECIAL-USE",
    /// ENABLE (RFC 5161).
    Enable = "ENABLE",
    /// Results of SEARCH as ranges, counts and extremes (RFC 4731).
    ESearch = "ESEARCH",
    /// The same for SORT (RFC 5267).
    ESort = "ESORT",
    /// Stored searches (RFC 5466).
    Filters = "FILTERS",
    /// Comparison of texts by the rules of Unicode (RFC 5255).
    I18nLevel1 = "I18NLEVEL=1",
    /// Comparison of texts as the client chooses (RFC 5255).
    I18nLevel2 = "I18NLEVEL=2",
    /// ID (RFC 2971).
    Id = "ID",
    /// IDLE (RFC 2177).
    Idle = "IDLE",
    /// Progress of long commands (RFC 9585).
    InProgress = "INPROGRESS",
    /// Where the same account is served by JMAP (RFC 9698).
    JmapAccess = "JMAPACCESS",
    /// Languages of texts (RFC 5255).
    Language = "LANGUAGE",
    /// LIST with selection and return options (RFC 5258).
    ListExtended = "LIST-EXTENDED",
    /// METADATA in LIST (RFC 9590).
    ListMetadata = "LIST-METADATA",
    /// MYRIGHTS in LIST (RFC 8440).
    ListMyRights = "LIST-MYRIGHTS",
    /// STATUS in LIST (RFC 5819).
    ListStatus = "LIST-STATUS",
    /// Non-synchronising literals of up to 4096 bytes (RFC 7888).
    LiteralMinus = "LITERAL-",
    /// Non-synchronising literals (RFC 7888).
    LiteralPlus = "LITERAL+",
    /// Referrals at login (RFC 2221).
    LoginReferrals = "LOGIN-REFERRALS",
    /// LOGIN is refused.
    LoginDisabled = "LOGINDISABLED",
    /// Referrals to mailboxes elsewhere (RFC 2193).
    MailboxReferrals = "MAILBOX-REFERRALS",
    /// Metadata of mailboxes and of the server (RFC 5464).
    Metadata = "METADATA",
    /// Metadata of the server (RFC 5464).
    MetadataServer = "METADATA-SERVER",
    /// MOVE (RFC 6851).
    Move = "MOVE",
    /// Several messages in one APPEND (RFC 3502).
    MultiAppend = "MULTIAPPEND",
    /// ESEARCH over several mailboxes (RFC 7377).
    MultiSearch = "MULTISEARCH",
    /// NAMESPACE (RFC 2342).
    Namespace = "NAMESPACE",
    /// NOTIFY (RFC 5465).
    Notify = "NOTIFY",
    /// Identifiers of mailboxes, messages and threads (RFC 8474).
    ObjectId = "OBJECTID",
    /// Identifiers of accounts, mailboxes, messages and threads in one item (a draft that follows RFC 8474).
    ObjectIdPlus = "OBJECTID+",
    /// Results of SEARCH and FETCH in pages (RFC 9394).
    Partial = "PARTIAL",
    /// Previews of messages (RFC 8970).
    Preview = "PREVIEW",
    /// Quick resynchronisation (RFC 7162).
    QResync = "QRESYNC",
    /// Quotas (RFC 9208).
    Quota = "QUOTA",
    /// SETQUOTA (RFC 9208).
    QuotaSet = "QUOTASET",
    /// REPLACE (RFC 8508).
    Replace = "REPLACE",
    /// The date when a message was saved (RFC 8514).
    SaveDate = "SAVEDATE",
    /// The first SASL response in AUTHENTICATE itself (RFC 4959).
    SaslIr = "SASL-IR",
    /// Fuzzy search (RFC 6203).
    SearchFuzzy = "SEARCH=FUZZY",
    /// The result of a search for the next command (RFC 5182).
    SearchRes = "SEARCHRES",
    /// SORT (RFC 5256).
    Sort = "SORT",
    /// SORT by display names (RFC 5957).
    SortDisplay = "SORT=DISPLAY",
    /// Special uses of mailboxes (RFC 6154).
    SpecialUse = "SPECIAL-USE",
    /// STARTTLS (RFC 9051).
    StartTls = "STARTTLS",
    /// SIZE in STATUS (RFC 8438).
    StatusSize = "STATUS=SIZE",
    /// THREAD by subject (RFC 5256).
    ThreadOrderedSubject = "THREAD=ORDEREDSUBJECT",
    /// THREAD by references (RFC 5256).
    ThreadReferences = "THREAD=REFERENCES",
    /// THREAD by references alone (a draft; Dovecot, Cyrus).
    ThreadRefs = "THREAD=REFS",
    /// UIDs in ranges of equal size (RFC 10022).
    UidBatches = "UIDBATCHES",
    /// No message sequence numbers (RFC 9586).
    UidOnly = "UIDONLY",
    /// UID EXPUNGE, APPENDUID, COPYUID (RFC 4315).
    UidPlus = "UIDPLUS",
    /// UNAUTHENTICATE (RFC 8437).
    Unauthenticate = "UNAUTHENTICATE",
    /// UNSELECT (RFC 3691).
    Unselect = "UNSELECT",
    /// URLs that give access to messages (RFC 4467).
    UrlAuth = "URLAUTH",
    /// What such URLs lead to, without transfer encoding (RFC 5524).
    UrlAuthBinary = "URLAUTH=BINARY",
    /// Ranges of bytes in URLs (RFC 5550).
    UrlPartial = "URL-PARTIAL",
    /// UTF-8 after ENABLE (RFC 9755).
    Utf8Accept = "UTF8=ACCEPT",
    /// UTF-8 only: must be enabled (RFC 9755).
    Utf8Only = "UTF8=ONLY",
    /// OLDER and YOUNGER in SEARCH (RFC 5032).
    Within = "WITHIN",
    /// The extensions of Gmail.
    GmailExt1 = "X-GM-EXT-1",
    /// XLIST, which SPECIAL-USE replaced.
    XList = "XLIST",
}

// The bit set below has a bit for each.
const _: () = assert!(Capability::ALL.len() <= 128);

impl Capability {
    /// All that this library knows, in alphabetical order of the extensions.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        Self::ALL.iter().map(|(capability, _)| *capability)
    }

    fn bit(self) -> u128 {
        1 << (self as u8)
    }

    fn from_name(name: &[u8]) -> Option<Self> {
        let same = |(_, text): &&(Self, &str)| name.eq_ignore_ascii_case(text.as_bytes());
        Self::ALL.iter().find(same).map(|(capability, _)| *capability)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The capabilities that a server listed.
#[derive(Clone, Default)]
pub struct Capabilities {
    known: u128,
    names: Vec<ImapString>,
}

impl Capabilities {
    /// From the names that a server listed; repeated ones count once.
    #[must_use]
    pub fn from_names(names: impl IntoIterator<Item = ImapString>) -> Self {
        let mut list = Self::default();
        // A set, so that a line of a million names takes no longer than it must.
        let mut unknown = HashSet::new();
        for name in names {
            let new = match Capability::from_name(name.as_bytes()) {
                Some(capability) => {
                    let new = !list.has(capability);
                    list.known |= capability.bit();
                    new
                }
                None => !name.is_empty() && unknown.insert(name.as_bytes().to_ascii_uppercase()),
            };
            if new {
                list.names.push(name);
            }
        }
        list
    }

    /// Whether the server has a capability.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.known & capability.bit() != 0
    }

    /// Whether the server can do what the capability is for: it lists it, or IMAP4rev2, of which it is a part.
    #[must_use]
    pub fn supports(&self, capability: Capability) -> bool {
        self.has(capability) || (self.has(Capability::Imap4Rev2) && IN_IMAP4REV2.contains(&capability))
    }

    /// Whether there are parts of IMAP4rev2 that the server does not list by name. Those for the time before it can be
    /// enabled do not count.
    pub(crate) fn hides_parts_of_rev2(&self) -> bool {
        let listed = |part: &Capability| match part {
            Capability::SaslIr => true,
            Capability::LiteralMinus => self.has(Capability::LiteralMinus) || self.has(Capability::LiteralPlus),
            part => self.has(*part),
        };
        !IN_IMAP4REV2.iter().all(listed)
    }

    /// Whether the server listed this name, in any case.
    #[must_use]
    pub fn has_name(&self, name: impl AsRef<[u8]>) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name.as_ref()))
    }

    /// Whether the list is empty, as it is before the server was asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names in the server's order and spelling.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ImapString> {
        self.names.iter()
    }

    /// What stands behind `NAME=`, once for each time the name is listed: `values("AUTH")` returns the SASL mechanisms,
    /// `values("APPENDLIMIT")` the greatest size of a message.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.names.iter().filter_map(move |text| {
            let (key, value) = text.to_str()?.split_once('=')?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// Whether the server offers the SASL mechanism.
    #[must_use]
    pub fn has_auth(&self, mechanism: &str) -> bool {
        self.values("AUTH").any(|value| value.eq_ignore_ascii_case(mechanism))
    }

    /// Whether the server offers a SASL mechanism with channel binding (RFC 5802, section 6).
    #[must_use]
    pub fn has_channel_binding(&self) -> bool {
        self.values("AUTH").any(|value| value.len() > 5 && value.to_ascii_uppercase().ends_with("-PLUS"))
    }

    /// The greatest size in bytes of a message to append, where the server states one for all mailboxes (RFC 7889).
    #[must_use]
    pub fn append_limit(&self) -> Option<u64> {
        self.values("APPENDLIMIT").find_map(|value| value.parse().ok())
    }

    /// How many messages one command may touch (RFC 9738): a command that names more is carried out for the newest of them,
    /// and [`ResponseCode::MessageLimit`](super::ResponseCode::MessageLimit) reports where the server stopped.
    #[must_use]
    pub fn message_limit(&self) -> Option<u64> {
        self.values("MESSAGELIMIT").find_map(|value| value.parse().ok())
    }

    /// How many messages one command may copy, move or append (RFC 9738).
    #[must_use]
    pub fn save_limit(&self) -> Option<u64> {
        self.values("SAVELIMIT").find_map(|value| value.parse().ok())
    }

    /// The resources that the server can limit, such as `STORAGE` (RFC 9208, section 3.1).
    pub fn quota_resources(&self) -> impl Iterator<Item = &str> {
        self.values("QUOTA").filter_map(|value| value.get(..4)?.eq_ignore_ascii_case("RES-").then(|| value.get(4..))?)
    }

    /// The rights beyond those of RFC 2086 that the server knows, one letter each: RIGHTS= (RFC 4314, section 2.2).
    #[must_use]
    pub fn rights(&self) -> Option<&str> {
        self.values("RIGHTS").next()
    }
}

/// The extensions that became a part of IMAP4rev2 as a whole (RFC 9051, appendix E).
const IN_IMAP4REV2: [Capability; 13] = [
    Capability::Enable,
    Capability::ESearch,
    Capability::Idle,
    Capability::ListExtended,
    Capability::ListStatus,
    Capability::LiteralMinus,
    Capability::Move,
    Capability::Namespace,
    Capability::SaslIr,
    Capability::SearchRes,
    Capability::StatusSize,
    Capability::UidPlus,
    Capability::Unselect,
];

impl PartialEq for Capabilities {
    fn eq(&self, other: &Self) -> bool {
        self.names.len() == other.names.len() && self.names.iter().all(|name| other.has_name(name))
    }
}

impl Eq for Capabilities {}

impl<'a> FromIterator<&'a str> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self::from_names(names.into_iter().map(ImapString::from))
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            write!(f, "{}{name}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capabilities({self})")
    }
}

/// The fields of an ID command or response, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id {
    fields: Vec<(ImapString, Option<ImapString>)>,
}

impl Id {
    /// No field: `NIL`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From fields that a server sent.
    pub(crate) fn from_fields(fields: Vec<(ImapString, Option<ImapString>)>) -> Self {
        Self { fields }
    }

    /// Adds a field that a client sends.
    ///
    /// # Errors
    /// If the name is longer than 30 bytes or the value than 1024, if there are 30 fields already, or if one holds
    /// NUL, CR or LF (RFC 2971, section 3.3).
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        let illegal = |text: &str| text.contains(['\0', '\r', '\n']);
        if name.is_empty() || name.len() > 30 || illegal(name) || self.fields.len() >= 30 {
            return Err(InvalidValue::new("ID field", name));
        }
        if value.len() > 1024 || illegal(value) {
            return Err(InvalidValue::new("ID value", value));
        }
        self.fields.push((name.into(), Some(value.into())));
        Ok(self)
    }

    /// The value of the first field with this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&ImapString> {
        let found = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_ref())
    }

    /// The fields in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&ImapString, Option<&ImapString>)> {
        self.fields.iter().map(|(name, value)| (name, value.as_ref()))
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imap4rev2_supports_what_became_a_part_of_it() {
        let [rev1, rev2]: [Capabilities; 2] = ["IMAP4rev1", "IMAP4rev2"].map(|name| [name].into_iter().collect());
        assert!(rev2.supports(Capability::Move) && !rev2.has(Capability::Move) && !rev1.supports(Capability::Move));
        assert!(!rev2.supports(Capability::Sort) && !rev2.supports(Capability::LiteralPlus));
        let listed: Capabilities = ["IMAP4rev1", "SORT"].into_iter().collect();
        assert!(listed.supports(Capability::Sort));
    }

    #[test]
    fn names_are_known_in_any_case_and_once() {
        let list: Capabilities =
            ["imap4REV1", "IDLE", "idle", "AUTH=PLAIN", "auth=SCRAM-SHA-1", "XNEW", "APPENDLIMIT=35651584"]
                .into_iter()
                .collect();
        assert!(list.has(Capability::Imap4Rev1) && list.has(Capability::Idle) && !list.has(Capability::Move));
        assert!(list.has_name("xnew") && list.has_auth("plain") && list.has_auth("SCRAM-SHA-1"));
        assert_eq!(list.append_limit(), Some(35_651_584));
        assert_eq!(list.iter().len(), 6);
        let list: Capabilities =
            ["QUOTA=RES-STORAGE", "quota=res-message", "QUOTA", "RIGHTS=kxten", "MESSAGELIMIT=1000", "SAVELIMIT=x"]
                .into_iter()
                .collect();
        assert_eq!(list.quota_resources().collect::<Vec<_>>(), ["STORAGE", "message"]);
        assert_eq!((list.rights(), list.message_limit(), list.save_limit()), (Some("kxten"), Some(1000), None));
    }
}
