//! Response codes: the machine-readable part of a status response (RFC 9051, section 7.1).

use bytes::Bytes;

use super::{Capabilities, CopyUid, Flags, ImapString, ObjectIds, SeqNum, Uid, UidRanges};

/// The machine-readable reason or datum in a status response.
///
/// Codes without an argument are variants without a field. A code that is unknown, or whose argument could not be
/// read, is [`Other`](Self::Other) with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseCode {
    /// A text that the user must see (RFC 9051). Not to be trusted before TLS.
    Alert,
    /// The mailbox to be made is there already (RFC 5530).
    AlreadyExists,
    /// An annotation is too big, or there are too many (RFC 5257); the argument.
    Annotate(ImapString),
    /// What the mailbox allows of annotations (RFC 5257); the argument.
    Annotations(ImapString),
    /// Where APPEND put the messages (RFC 4315).
    AppendUid(AppendUid),
    /// The user or the password is wrong (RFC 5530).
    AuthenticationFailed,
    /// Authenticated, but not allowed to act as that user (RFC 5530).
    AuthorizationFailed,
    /// The charset of a search is not known; those that are (RFC 9051).
    BadCharset(Vec<ImapString>),
    /// The comparator is not known (RFC 5255).
    BadComparator,
    /// The NOTIFY events that the server knows (RFC 5465).
    BadEvent(Vec<ImapString>),
    /// The URL in CATENATE is wrong (RFC 4469).
    BadUrl(ImapString),
    /// The operation can never work (RFC 5530).
    Cannot,
    /// The capabilities.
    Capability(Capabilities),
    /// The server thinks the client is wrong (RFC 5530).
    ClientBug,
    /// The mailbox that was selected before is closed (RFC 7162, RFC 9051).
    Closed,
    /// The connection is compressed already (RFC 4978).
    CompressionActive,
    /// An administrator must be asked (RFC 5530).
    ContactAdmin,
    /// Which messages were copied, and where they are now (RFC 4315).
    CopyUid(CopyUid),
    /// The server's data are damaged (RFC 5530).
    Corruption,
    /// These messages were sent in a form for clients without UTF-8 (RFC 6858).
    Downgraded(UidRanges),
    /// The password is too old (RFC 5530).
    Expired,
    /// Some of the messages were expunged by someone else (RFC 5530).
    ExpungeIssued,
    /// The mailbox has children, so it cannot be deleted (RFC 9051).
    HasChildren,
    /// The highest modification sequence of the mailbox (RFC 7162).
    HighestModSeq(u64),
    /// A long command is in progress (RFC 9585); tag, done, and all there is to do.
    InProgress {
        /// The tag of the command.
        tag: Option<ImapString>,
        /// How much is done.
        done: Option<u64>,
        /// How much there is to do.
        goal: Option<u64>,
    },
    /// Somebody else holds the resource (RFC 5530): try again later.
    InUse,
    /// A limit of the server is reached (RFC 5530).
    Limit,
    /// The identifier of the mailbox (RFC 8474).
    MailboxId(ImapString),
    /// Too many messages to convert (RFC 5259).
    MaxConvertMessages(u64),
    /// Too many parts to convert (RFC 5259).
    MaxConvertParts(u64),
    /// The command was carried out only for so many messages (RFC 9738), down to this UID.
    MessageLimit {
        /// How many messages a command may touch.
        limit: u64,
        /// Where the server stopped.
        uid: Option<Uid>,
    },
    /// What METADATA could not do (RFC 5464); the argument.
    Metadata(ImapString),
    /// Messages that a conditional STORE left alone (RFC 7162), as ranges of UIDs or sequence numbers.
    Modified(Vec<(u32, u32)>),
    /// The mailbox was renamed (RFC 2060); old and new name.
    NewName(ImapString, ImapString),
    /// The mailbox has no modification sequences (RFC 7162).
    NoModSeq,
    /// The mailbox is not there (RFC 5530).
    NonExistent,
    /// Not allowed (RFC 5530).
    NoPerm,
    /// NOTIFY was switched off: too much happened (RFC 5465).
    NotificationOverflow,
    /// The search result was not saved (RFC 5182).
    NotSaved,
    /// No updates for the search with this tag (RFC 5267).
    NoUpdate(ImapString),
    /// Identifiers of the mailbox and its account (OBJECTID+).
    ObjectIds(Box<ObjectIds>),
    /// The quota is exceeded (RFC 9208).
    OverQuota,
    /// The server cannot parse the headers of a message.
    Parse,
    /// Flags that can be changed for ever; `\*` if new keywords can be made.
    PermanentFlags(Flags),
    /// Use TLS first (RFC 5530).
    PrivacyRequired,
    /// The mailbox is, or became, read-only.
    ReadOnly,
    /// The mailbox is, or became, writable.
    ReadWrite,
    /// Look elsewhere (RFC 2221, RFC 2193): IMAP URLs. Never followed by this library.
    Referral(Vec<ImapString>),
    /// The server failed (RFC 5530).
    ServerBug,
    /// Try again later (RFC 5259).
    TempFail,
    /// The message or literal is too big (RFC 4469, RFC 7888).
    TooBig,
    /// The batches of UIDBATCHES are too small (RFC 10022).
    TooFew,
    /// Too many batches of UIDBATCHES (RFC 10022).
    TooMany,
    /// Make the target mailbox, then try again.
    TryCreate,
    /// The UID that the next message gets. More than 32 bits are against the standard, but some servers have them.
    UidNext(u64),
    /// UIDs do not last in this mailbox (RFC 4315).
    UidNotSticky,
    /// Sequence numbers are switched off (RFC 9586).
    UidRequired,
    /// The UIDVALIDITY of the mailbox; 0 from servers that have none. More than 32 bits are against the
    /// standard, but some servers (MailEnable) have them.
    UidValidity(u64),
    /// A part of the server is down (RFC 5530).
    Unavailable,
    /// The named filter is not known (RFC 5466).
    UndefinedFilter(ImapString),
    /// The transfer encoding of a part is not known (RFC 3516): fetch BODY.
    UnknownCte,
    /// The first message without `\Seen` (RFC 3501); `None` where a server sends 0.
    Unseen(Option<SeqNum>),
    /// Mechanisms of URLAUTH (RFC 4467); the argument.
    UrlMech(ImapString),
    /// The special use is refused (RFC 6154).
    UseAttr,
    /// Log in through this web page (Gmail).
    WebAlert(ImapString),
    /// A code that this library does not know or could not read.
    Other(OtherCode),
}

/// A response code that is not known, or whose argument could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCode {
    /// The name.
    pub name: ImapString,
    /// What stands between the name and `]`, without the space; empty if there is nothing.
    pub argument: Bytes,
}

/// The argument of APPENDUID (RFC 4315, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendUid {
    /// The UIDVALIDITY of the mailbox.
    pub uid_validity: u64,
    /// The UIDs of the new messages, in the order in which they were appended.
    pub uids: UidRanges,
}

macro_rules! code_names {
    ($($pattern:pat => $name:literal,)*; plain: $($plain:ident = $plain_name:literal,)*) => {
        impl ResponseCode {
            /// The code's name in capitals, as the registry spells it.
            #[must_use]
            pub fn name(&self) -> std::borrow::Cow<'_, str> {
                match self {
                    $($pattern => $name.into(),)*
                    $(Self::$plain => $plain_name.into(),)*
                    Self::Other(other) => other.name.to_string_lossy().to_ascii_uppercase().into(),
                }
            }

            /// The code of this name, if it is one without an argument.
            pub(crate) fn without_argument(name: &[u8]) -> Option<Self> {
                $(if name.eq_ignore_ascii_case($plain_name.as_bytes()) {
                    return Some(Self::$plain);
                })*
                None
            }
        }
    };
}

code_names! {
    Self::Annotate(_) => "ANNOTATE",
    Self::Annotations(_) => "ANNOTATIONS",
    Self::AppendUid(_) => "APPENDUID",
    Self::BadCharset(_) => "BADCHARSET",
    Self::BadEvent(_) => "BADEVENT",
    Self::BadUrl(_) => "BADURL",
    Self::Capability(_) => "CAPABILITY",
    Self::CopyUid(_) => "COPYUID",
    Self::Downgraded(_) => "DOWNGRADED",
    Self::HighestModSeq(_) => "HIGHESTMODSEQ",
    Self::InProgress { .. } => "INPROGRESS",
    Self::MailboxId(_) => "MAILBOXID",
    Self::MaxConvertMessages(_) => "MAXCONVERTMESSAGES",
    Self::MaxConvertParts(_) => "MAXCONVERTPARTS",
    Self::MessageLimit { .. } => "MESSAGELIMIT",
    Self::Metadata(_) => "METADATA",
    Self::Modified(_) => "MODIFIED",
    Self::NewName(..) => "NEWNAME",
    Self::NoUpdate(_) => "NOUPDATE",
    Self::ObjectIds(_) => "OBJECTID",
    Self::PermanentFlags(_) => "PERMANENTFLAGS",
    Self::Referral(_) => "REFERRAL",
    Self::UidNext(_) => "UIDNEXT",
    Self::UidValidity(_) => "UIDVALIDITY",
    Self::UndefinedFilter(_) => "UNDEFINED-FILTER",
    Self::Unseen(_) => "UNSEEN",
    Self::UrlMech(_) => "URLMECH",
    Self::WebAlert(_) => "WEBALERT",
    ;
    plain:
    Alert = "ALERT",
    AlreadyExists = "ALREADYEXISTS",
    AuthenticationFailed = "AUTHENTICATIONFAILED",
    AuthorizationFailed = "AUTHORIZATIONFAILED",
    BadComparator = "BADCOMPARATOR",
    Cannot = "CANNOT",
    ClientBug = "CLIENTBUG",
    Closed = "CLOSED",
    CompressionActive = "COMPRESSIONACTIVE",
    ContactAdmin = "CONTACTADMIN",
    Corruption = "CORRUPTION",
    Expired = "EXPIRED",
    ExpungeIssued = "EXPUNGEISSUED",
    HasChildren = "HASCHILDREN",
    InUse = "INUSE",
    Limit = "LIMIT",
    NoModSeq = "NOMODSEQ",
    NonExistent = "NONEXISTENT",
    NoPerm = "NOPERM",
    NotificationOverflow = "NOTIFICATIONOVERFLOW",
    NotSaved = "NOTSAVED",
    OverQuota = "OVERQUOTA",
    Parse = "PARSE",
    PrivacyRequired = "PRIVACYREQUIRED",
    ReadOnly = "READ-ONLY",
    ReadWrite = "READ-WRITE",
    ServerBug = "SERVERBUG",
    TempFail = "TEMPFAIL",
    TooBig = "TOOBIG",
    TooFew = "TOOFEW",
    TooMany = "TOOMANY",
    TryCreate = "TRYCREATE",
    UidNotSticky = "UIDNOTSTICKY",
    UidRequired = "UIDREQUIRED",
    Unavailable = "UNAVAILABLE",
    UnknownCte = "UNKNOWN-CTE",
    UseAttr = "USEATTR",
}
