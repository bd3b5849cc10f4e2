//! What real servers get wrong: the case that fails there, and why. A case of this list that passes is a failure, so
//! that the list stays true.

/// The name of a case, and what the server does.
pub type Fault = (&'static str, &'static str);

pub const DOVECOT: &[Fault] = &[];

pub const DOVECOT24: &[Fault] =
    &[("utf8", "after ENABLE UTF8=ACCEPT, CREATE refuses a name in UTF-8: `NO Mailbox name is not valid mUTF-7`")];

pub const CYRUS: &[Fault] = &[
    (
        "login_anonymous",
        "AUTHENTICATE ANONYMOUS ends the connection: `* BYE Fatal error: Internal error: assertion failed: \
         imap/imapd.c: 1533: !open_mboxlocks_exist()`",
    ),
    (
        "login_bound",
        "mechanisms with channel binding are listed, and none but `tls-unique` is known, also with TLS 1.3, which has none \
         (RFC 9266, section 4.2): `login` does not try them",
    ),
    ("search_fuzzy", "FUZZY finds nothing where no index of texts is kept, though SEARCH=FUZZY is listed"),
];

/// In sessions of IMAP4rev2.
pub const CYRUS_REV2: &[Fault] = &[
    CYRUS[0],
    CYRUS[1],
    CYRUS[2],
    ("list_extended", "LIST (SUBSCRIBED RECURSIVEMATCH) ends the connection once a mailbox was created in the session"),
];

/// In sessions without sequence numbers.
pub const CYRUS_UID_ONLY: &[Fault] = &[CYRUS[0], CYRUS[1], CYRUS[2]];

pub const COURIER: &[Fault] = &[(
    "search_sent",
    "SENTON and its like look at the Date field in UTC, where its day is that of the sender's clock (RFC 3501, section 6.4.4)",
)];

/// Why imap4d refuses the mechanisms that it lists.
const NO_SECRETS: &str = "it lists the mechanism, and always refuses it with a bare NO (`login` goes on to PLAIN)";

const FORGETS: &str = "APPEND forgets the flags and the date that it was given";

pub const MAILUTILS: &[Fault] = &[
    ("login_cram_md5", NO_SECRETS),
    ("login_scram_sha1", NO_SECRETS),
    ("login_scram_sha256", NO_SECRETS),
    ("login_bound", NO_SECRETS),
    ("login_anonymous", NO_SECRETS),
    ("read_only", "FETCH RFC822.TEXT sets \\Seen in a mailbox that was opened with EXAMINE"),
    ("append", FORGETS),
    ("search_dates", FORGETS),
    ("search_keywords", "SEARCH UNKEYWORD ends the process"),
    (
        "search_texts",
        "a quoted text that ends in `{3}` is taken for the head of a literal, and the server waits for it",
    ),
    ("copy_date", FORGETS),
    ("second_client", "it does not tell of messages that another session expunged"),
    ("idle", "it sends nothing while IDLE waits"),
];

const EMPTY_COPIES: &str = "COPY between Maildirs makes empty messages";

pub const PYMAP: &[Fault] = &[
    ("create_again", "CREATE of a mailbox that is there is OK"),
    ("append_nul", "the connection ends at an APPEND of a literal8, though BINARY is listed"),
    ("large_mailbox", EMPTY_COPIES),
    ("copy", EMPTY_COPIES),
];
