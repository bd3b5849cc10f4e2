//! The cases: each is one row of the table in `docs/coverage.md`.
//!
//! A case is written once and made for both fronts. It fails by a panic or an error; an error that says what the
//! server does not offer is not a failure.

#[macro_use]
mod append;
#[macro_use]
mod changes;
#[macro_use]
mod composing;
#[macro_use]
mod connection;
#[macro_use]
mod extended_search;
#[macro_use]
mod extensions;
#[macro_use]
mod fetch;
#[macro_use]
mod in_step;
#[macro_use]
mod mailboxes;
#[macro_use]
mod unsolicited;
#[macro_use]
mod search;

use std::fmt;

use imaplib::types::{Capabilities, Capability};

pub type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// What a case saw, or why it failed.
pub type Seen = Result<Vec<String>, AnyError>;

/// What the server does not offer.
#[derive(Debug)]
pub struct Missing(pub &'static str);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server does not offer {}", self.0)
    }
}

impl std::error::Error for Missing {}

/// Goes on only if the server offers one of these.
pub fn need(capabilities: &Capabilities, wanted: &[Capability]) -> Result<(), AnyError> {
    match wanted.iter().any(|capability| capabilities.has(*capability)) {
        true => Ok(()),
        false => Err(Box::new(Missing(wanted.first().map_or("", |capability| capability.name())))),
    }
}

pub const MESSAGE: &str = "From: Ann Example <ann@example.org>\r\n\
To: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>, bob@example.com\r\n\
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= {5}\r\n\
Date: Mon, 16 Nov 2026 10:11:12 +0100\r\n\
Message-ID: <1@example.org>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"b\"\r\n\
\r\n\
--b\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
\r\n\
Hello {3}\r\n\
--b\r\n\
Content-Type: application/octet-stream; name=a.bin\r\n\
Content-Disposition: attachment; filename=a.bin\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
AAECAw==\r\n\
--b--\r\n";

/// A message of so many bytes.
pub fn message_of(bytes: usize) -> String {
    let line = "0123456789 abcdefghijklmnopqrstuvwxyz {17}\r\n";
    let mut text = String::from("Subject: of this size\r\n\r\n");
    while text.len() + line.len() + 2 < bytes {
        text.push_str(line);
    }
    text.push_str(&"x".repeat(bytes.saturating_sub(text.len() + 2)));
    text.push_str("\r\n");
    text
}

/// A message of some 300 kB, beyond what is held in memory at once.
pub fn large_message() -> String {
    message_of(300_000)
}

macro_rules! all_cases {
    ($($async:ident)?) => {
        use super::{MESSAGE, Missing, Seen, large_message, message_of, need};
        use crate::target::Login;
        use imaplib::sasl::{
            Answer, ChannelBinding, ChannelBindingType, External, Mechanism, SaslError, ScramSha256, XOAuth2,
        };
        use imaplib::types::*;
        use imaplib::{
            AclChange, Catenate, FetchItem, ResultRange, SearchedMailboxes, AppendMessage, MessageSet, Search, SearchReturn, SortBy, SortKey, FlagChange, ThreadAlgorithm, KnownMailbox, SelectOptions, Synced, command,
        };
        use std::time::Duration;

        $($async)? fn connect(login: &Login) -> imaplib::Result<Client> {
            wait!(Client::connect_with(&login.endpoint, &login.options))
        }

        $($async)? fn log_in(login: &Login) -> imaplib::Result<Session> {
            let mut session = wait!(wait!(connect(login))?.login(&login.user, login.password))?;
            if login.uid_only {
                wait!(session.enable(&["UIDONLY"]))?;
            }
            Ok(session)
        }

        /// A session whose INBOX holds `count` messages.
        $($async)? fn with_messages(login: &Login, count: usize) -> imaplib::Result<Session> {
            let mut session = wait!(log_in(login))?;
            for number in 0..count {
                let date = DateTime::from_unix(1_700_000_000 + number as i64 * 86_400)?;
                wait!(session.append("INBOX", AppendMessage::from(MESSAGE).date(date)))?;
            }
            Ok(session)
        }

        /// The flags of each row, without `\Recent`.
        fn flags_of(rows: &[Fetch]) -> Vec<String> {
            let line = |row: &Fetch| {
                let mut flags = row.flags.clone().unwrap_or_default();
                flags.remove(&Flag::Recent);
                let mut words: Vec<String> = flags.iter().map(|flag| flag.to_string()).collect();
                words.sort();
                let number = row.seq.map(SeqNum::get).or(row.uid.map(Uid::get)).unwrap();
                format!("{number} {}", words.join(" "))
            };
            rows.iter().map(line).collect()
        }

        /// The first text of a row.
        fn text_of(row: &Fetch) -> &[u8] {
            row.sections.first().and_then(|section| section.data.as_bytes()).map_or(b"", |bytes| bytes)
        }

        fn uids(text: &str) -> UidSet {
            text.parse().unwrap()
        }

        connection_cases!($($async)?);
        mailbox_cases!($($async)?);
        append_cases!($($async)?);
        search_cases!($($async)?);
        fetch_cases!($($async)?);
        change_cases!($($async)?);
        unsolicited_cases!($($async)?);
        in_step_cases!($($async)?);
        extension_cases!($($async)?);
        composing_cases!($($async)?);
        extended_search_cases!($($async)?);

        table! {
            connection = "greeting, CAPABILITY, NOOP, LOGOUT";
            login_command = "LOGIN";
            login_plain = "AUTHENTICATE PLAIN";
            login_login = "AUTHENTICATE LOGIN";
            login_cram_md5 = "AUTHENTICATE CRAM-MD5";
            login_scram_sha1 = "AUTHENTICATE SCRAM-SHA-1";
            login_scram_sha256 = "AUTHENTICATE SCRAM-SHA-256";
            login_scram_sha512 = "AUTHENTICATE SCRAM-SHA-512";
            login_bound = "AUTHENTICATE SCRAM-*-PLUS, wrong bindings, downgrades";
            login_anonymous = "AUTHENTICATE ANONYMOUS";
            login_refused = "wrong passwords, refused mechanisms";
            unauthenticate = "UNAUTHENTICATE, and a login after it";
            id = "ID";
            namespace = "NAMESPACE";
            enable = "ENABLE";
            utf8 = "ENABLE UTF8=ACCEPT: names, texts, messages";
            rev2 = "ENABLE IMAP4rev2";
            uid_only = "ENABLE UIDONLY: all that is called by UID";
            raw_commands = "commands of the caller's own; a command that the server does not know";
            create_rename_delete = "CREATE, RENAME, DELETE";
            create_again = "CREATE of a mailbox that is there already is refused";
            names = "names with spaces, quotes, & and letters of every script";
            list = "LIST";
            subscriptions = "SUBSCRIBE, LSUB, UNSUBSCRIBE";
            list_extended = "LIST with selection and return options";
            list_returns = "LIST with all that is offered of each mailbox, in one";
            children = "\\HasChildren and \\HasNoChildren in LIST";
            create_special_use = "CREATE with a special use";
            object_ids = "STATUS and FETCH OBJECTID, SELECT by identifier";
            xlist = "XLIST";
            remote_lists = "RLIST, RLSUB";
            special_use = "LIST (SPECIAL-USE)";
            status = "STATUS";
            status_more = "STATUS: SIZE, HIGHESTMODSEQ, MAILBOXID, DELETED, APPENDLIMIT as offered";
            list_status = "LIST with STATUS, in one or two round trips";
            select = "SELECT, EXAMINE, CLOSE";
            read_only = "changes to a mailbox that is open for reading are refused";
            unselect = "UNSELECT";
            check = "CHECK";
            append_plain = "APPEND";
            append = "APPEND with flags and date";
            append_keywords = "APPEND with keywords";
            append_all = "200 APPENDs without waiting, one of them to nowhere";
            append_uid = "APPENDUID";
            append_sizes = "APPEND of 2 bytes to 5 MB, read back";
            append_refused = "APPEND to a mailbox that is not there";
            append_short = "APPEND of a source that ends too early";
            append_eight_bit = "messages in raw 8-bit";
            append_nul = "APPEND and FETCH of NUL bytes";
            append_together = "APPEND of several messages, all or none";
            catenate = "APPEND CATENATE";
            replace = "REPLACE, or APPEND, STORE and UID EXPUNGE";
            search = "SEARCH: every key of RFC 3501 but keywords and dates";
            search_keywords = "SEARCH: KEYWORD, UNKEYWORD";
            search_dates = "SEARCH: BEFORE, ON, SINCE";
            search_sent = "SEARCH: SENTBEFORE, SENTON, SENTSINCE";
            search_charset = "SEARCH for letters beyond ASCII";
            search_texts = "SEARCH for quotes, backslashes, braces, nothing";
            search_within = "SEARCH: OLDER, YOUNGER";
            search_mod_seq = "SEARCH: MODSEQ";
            search_flag_mod_seq = "SEARCH: MODSEQ of a flag";
            search_save_dates = "SEARCH: SAVEDBEFORE, SAVEDON, SAVEDSINCE, SAVEDATESUPPORTED";
            search_object_ids = "SEARCH: EMAILID, THREADID";
            search_fuzzy = "SEARCH: FUZZY";
            search_own_key = "SEARCH: keys that the library does not know";
            search_return = "SEARCH RETURN (MIN MAX COUNT ALL)";
            search_save = "SEARCH RETURN (SAVE) and $";
            search_saved = "SEARCH: $ among the keys";
            search_partial = "SEARCH RETURN (PARTIAL)";
            live_search = "SEARCH RETURN (UPDATE), CANCELUPDATE";
            live_sort = "SORT RETURN (UPDATE)";
            multi_search = "ESEARCH in several mailboxes";
            uid_batches = "UIDBATCHES, or a search";
            sort = "SORT";
            sort_display = "SORT: DISPLAYFROM";
            sort_return = "SORT RETURN (MIN MAX COUNT ALL), PARTIAL as offered";
            thread_references = "THREAD REFERENCES";
            thread_subject = "THREAD ORDEREDSUBJECT";
            thread_refs = "THREAD REFS";
            fetch = "FETCH: flags, dates, sizes, envelopes, structures, all kinds of texts";
            fetch_numbers = "FETCH by sequence number; an empty set";
            fetch_rfc822 = "FETCH RFC822, RFC822.HEADER, RFC822.TEXT; \\Seen";
            fetch_partial = "FETCH of ranges of bytes";
            fetch_binary = "FETCH BINARY, BINARY.SIZE";
            fetch_mod_seq = "FETCH MODSEQ, CHANGEDSINCE";
            fetch_others = "FETCH: PREVIEW, SAVEDATE, EMAILID as offered";
            preview_lazy = "FETCH PREVIEW (LAZY)";
            fetch_page = "FETCH (PARTIAL)";
            stream = "bodies streamed, left half-read at every place";
            large_mailbox = "a mailbox of 1,500 messages";
            store = "STORE";
            store_keywords = "STORE of keywords";
            copy = "COPY";
            copy_date = "COPY keeps the internal date";
            copy_uid = "COPYUID";
            move_messages = "MOVE, or COPY, STORE and UID EXPUNGE";
            expunge = "EXPUNGE; CLOSE with deleted messages";
            uid_expunge = "UID EXPUNGE";
            second_client = "changes by a second client between and under commands";
            idle = "IDLE: arrivals and departures";
            idle_dropped = "IDLE that is dropped";
            resync = "SELECT (QRESYNC): what changed and what is gone";
            fetch_vanished = "FETCH CHANGEDSINCE with VANISHED, up to the greatest UID";
            store_unchanged = "STORE UNCHANGEDSINCE";
            changes = "what changed since a mailbox was seen last";
            renamed = "a mailbox is found under its new name";
            notify = "NOTIFY: another mailbox while one is open";
            pipelining = "120 commands on the way together, finished in any order";
            compress = "COMPRESS DEFLATE";
            acl = "GETACL, SETACL, DELETEACL, LISTRIGHTS, MYRIGHTS";
            quota = "GETQUOTA, GETQUOTAROOT, SETQUOTA";
            quota_resources = "QUOTA=RES-*";
            url_auth = "GENURLAUTH, URLFETCH, RESETKEY";
            annotate = "STORE, FETCH and SEARCH of annotations of messages";
            language = "LANGUAGE";
            comparator = "COMPARATOR";
            jmap_access = "GETJMAPACCESS";
            metadata = "GETMETADATA, SETMETADATA";
            annotation = "GETANNOTATION, SETANNOTATION";
            proxy_auth = "PROXYAUTH is refused and the session goes on";
        }
    };
}

pub mod blocking {
    use imaplib::blocking::{Client, Session};
    macro_rules! wait { ($($call:tt)*) => { $($call)* }; }
    macro_rules! table {
        ($($name:ident = $label:literal;)*) => {
            /// The name, what it shows, and the case.
            pub const CASES: &[(&str, &str, fn(&Login) -> Seen)] = &[$((stringify!($name), $label, $name)),*];
        };
    }
    all_cases!();
}

pub mod asynchronous {
    use imaplib::{Client, Session};
    macro_rules! wait { ($($call:tt)*) => { $($call)*.await }; }
    macro_rules! table {
        ($($name:ident = $label:literal;)*) => {
            pub const CASES: &[fn(&tokio::runtime::Runtime, &Login) -> Seen] =
                &[$(|runtime, login| runtime.block_on($name(login))),*];
        };
    }
    all_cases!(async);
}
