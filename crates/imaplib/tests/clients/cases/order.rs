//! SORT and THREAD, and the same where the server has neither.

use imaplib::types::{Capability, Threads, Uid, UidSet};
use imaplib::{AppendMessage, ConnectOptions, Endpoint, Search, SortBy, SortKey, ThreadAlgorithm};
use realservers::Dovecot;

use super::{Client, Mailbox, Session, log_in, maybe_async, session, test};
use crate::support::{scripted, start};

const KEYS: [SortKey; 9] = [
    SortKey::Arrival,
    SortKey::Cc,
    SortKey::Date,
    SortKey::From,
    SortKey::Size,
    SortKey::Subject,
    SortKey::To,
    SortKey::DisplayFrom,
    SortKey::DisplayTo,
];

const ALGORITHMS: [ThreadAlgorithm; 3] =
    [ThreadAlgorithm::References, ThreadAlgorithm::Refs, ThreadAlgorithm::OrderedSubject];

/// Those of the messages whose dates Dovecot reads otherwise: it sorts `16.03.09` and `Thur, …` by their arrival, and takes
/// `GMT+01:00` for `GMT`.
const OTHER_DATES: [&str; 3] = ["date-dots.eml", "date-thur.eml", "date-gmt-offset.eml"];

/// And those whose subjects it decodes otherwise: charsets that it does not know or that are not labelled, characters that are
/// cut between two encoded words.
const OTHER_SUBJECTS: &str = "words-";

/// Messages as programs write them, each with its name, and conversations of odd fields.
fn messages() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../imaplib-cli/tests/odd");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    paths.sort();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut messages: Vec<_> = paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect();
    assert!(messages.len() > 100);
    let subjects = [
        "tea",
        "Re: tea",
        "RE: [list] TEA (fwd)",
        "=?utf-8?q?Re:_t=C3=A9a?=",
        "[list] té\u{301}a",
        "fwd: Straße",
        "STRASSE",
        "[Fwd: tea]",
        "Re: ",
        "",
        "Re[2]: Tea",
        "=?utf-8?b?w4Q=?= =?utf-8?b?w5w=?=",
        "äü",
        "re :tea",
        "[a] [b]",
        "Re:tea Re: tea",
    ];
    let fields = [
        "",
        "References: <0@x>",
        "References: <0@x> <1@x>",
        "In-Reply-To: <2@x> <1@x>",
        "References: <9@y>\r\n\t<8@y>",
        "References: <8@y>",
        "In-Reply-To: Your mail of today <4@x>",
        "References: none\r\nIn-Reply-To: <5@x>",
        "References: <\"6\"@x>",
        "References: <12@x> <13@x>",
        "References: <13@x> <11@x>",
        "In-Reply-To: <12@x>",
        "References: <1@x",
        "References: <a b@x> <3@x>",
        "References: <15@x>",
        "References: <14@x>",
    ];
    for (number, (subject, field)) in subjects.iter().zip(fields).enumerate() {
        let day = 28 - number;
        let id = if number == 7 { "<5@x>".to_owned() } else { format!("<{number}@x>") };
        let from = ["Ann <ann@x>", "=?utf-8?q?=C3=84nne?= <zoe@x>", "bob@x", "team: carl@x, dora@x;", ""][number % 5];
        messages.push((
            id.clone(),
            format!(
                "From: {from}\r\nTo: {from}\r\nDate: {day} Mar 2026 12:00:00 +0000\r\nMessage-ID: {id}\r\nSubject: {subject}\r\n{field}{}\r\nx\r\n",
                if field.is_empty() { "" } else { "\r\n" }
            )
            .into_bytes(),
        ));
    }
    messages
}

/// Threads as a text: each message with its depth.
fn shown(threads: &Threads) -> String {
    threads.iter().map(|node| format!("{}{} ", ">".repeat(node.depth), node.number.unwrap_or_default())).collect()
}

#[maybe_async]
async fn sorted(mailbox: &mut Mailbox<'_>, by: SortBy, among: &UidSet) -> String {
    let uids = mailbox.sort([by], Search::new().uids(among.clone())).await.unwrap();
    uids.iter().map(|uid| format!("{uid} ")).collect()
}

#[maybe_async]
#[test]
async fn dovecot_finds_the_same_orders() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::Builder::new().prefix("order-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let Some(command) = Dovecot::child(&folder.path().join("home")).unwrap() else { return };
    let plain = [&command[..], &["-o".to_owned(), "imap_capability=IMAP4rev1 UIDPLUS".to_owned()]].concat();
    let options = ConnectOptions::new();
    let server = Client::connect_with(&Endpoint::tunnel(command), &options).await.unwrap();
    let mut server = server.into_session().await.unwrap();
    let mut same = UidSet::new();
    for (number, (name, text)) in (1..).zip(messages()) {
        if !OTHER_DATES.contains(&name.as_str()) && !name.starts_with(OTHER_SUBJECTS) {
            same.insert(Uid::new(number).unwrap());
        }
        let arrived = imaplib::types::DateTime::from_unix(1_700_000_000 - 3_600 * i64::from(number)).unwrap();
        server.append("INBOX", AppendMessage::from(&text[..]).date(arrived)).await.unwrap();
    }
    let client = Client::connect_with(&Endpoint::tunnel(plain), &options).await.unwrap();
    let mut client = client.into_session().await.unwrap();
    assert!(server.capabilities().has(Capability::SortDisplay) && !client.capabilities().has(Capability::Sort));
    let mut server = server.select("INBOX").await.unwrap();
    let mut client = client.select("INBOX").await.unwrap();
    for key in KEYS {
        for by in [key.into(), SortBy::reverse(key)] {
            let among = if matches!(key, SortKey::Date | SortKey::Subject) { &same } else { &UidSet::all() };
            assert_eq!(sorted(&mut client, by, among).await, sorted(&mut server, by, among).await, "{by:?}");
        }
    }
    for algorithm in ALGORITHMS {
        let conditions = Search::new().uids(same.clone());
        let expected = server.thread(algorithm, conditions.clone()).await.unwrap();
        let threads = client.thread(algorithm, conditions).await.unwrap();
        assert_eq!(shown(&threads), shown(&expected), "{algorithm:?}");
    }
}

/// A mailbox of the test server with three messages.
#[maybe_async]
async fn three(session: &mut Session) -> Mailbox<'_> {
    for (subject, id, references) in [("b", "1", ""), ("a", "2", "<1@x>"), ("Re: b", "3", "")] {
        let text = format!("Subject: {subject}\r\nMessage-ID: <{id}@x>\r\nReferences: {references}\r\n\r\nx\r\n");
        session.append("INBOX", AppendMessage::from(text.as_str())).await.unwrap();
    }
    session.select("INBOX").await.unwrap()
}

#[maybe_async]
#[test]
async fn a_server_that_sorts_is_asked() {
    for (has, command) in [(true, "UID SORT"), (false, "UID FETCH")] {
        let (server, endpoint) = start(|builder| if has { builder.with_all() } else { builder });
        let mut session = log_in(&endpoint, &ConnectOptions::new()).await.unwrap();
        let mut inbox = three(&mut session).await;
        assert_eq!(sorted(&mut inbox, SortKey::Subject.into(), &UidSet::all()).await, "2 1 3 ");
        assert_eq!(sorted(&mut inbox, SortBy::reverse(SortKey::Subject), &UidSet::all()).await, "1 3 2 ");
        let some = inbox.sort([SortKey::Subject], Search::new().subject("b")).await.unwrap();
        assert_eq!(some.len(), 2);
        let threads = inbox.thread(ThreadAlgorithm::References, Search::all()).await.unwrap();
        assert_eq!(shown(&threads), "1 >2 >3 ");
        let commands = server.commands();
        assert!(commands.iter().any(|sent| sent.starts_with(command)), "{commands:?}");
        let sorts = commands.iter().any(|sent| sent.starts_with("UID SORT") || sent.starts_with("UID THREAD"));
        assert_eq!(sorts, has, "{commands:?}");
    }
}

#[maybe_async]
#[test]
async fn rows_in_pieces_and_rows_that_lack_something() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 5 EXISTS\r\nA1 OK\r\n");
        say("* SEARCH 5 6 7 8 9\r\nA2 OK\r\n");
        // In two pieces; flags alone; with nothing of the date; gone; of nobody.
        say("* 1 FETCH (UID 5 RFC822.SIZE 10)\r\n* 1 FETCH (UID 5 INTERNALDATE \"17-Jul-2024 02:44:25 +0000\")\r\n\
             * 2 FETCH (UID 6 FLAGS ())\r\n* 3 FETCH (UID 7 RFC822.SIZE 10)\r\n\
             * 5 FETCH (UID 9 RFC822.SIZE 9 INTERNALDATE \"18-Jul-2024 02:44:25 +0000\")\r\n\
             * 6 FETCH (UID 10 RFC822.SIZE 9 INTERNALDATE \"18-Jul-2024 02:44:25 +0000\")\r\nA3 OK\r\n");
        say("* 2 FETCH (UID 6 RFC822.SIZE 11 INTERNALDATE \"01-Jul-2024 02:44:25 +0000\")\r\n\
             * 3 FETCH (UID 7 RFC822.SIZE 10)\r\nA4 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let order = [SortBy::from(SortKey::Size), SortKey::Arrival.into()];
    let sorted = inbox.sort(order, Search::all()).await.unwrap();
    assert_eq!(sorted.iter().map(|uid| uid.get()).collect::<Vec<_>>(), [9, 7, 5, 6]);
    let sent = sent.lock().unwrap().clone();
    assert_eq!(
        sent[2..],
        ["A3 UID FETCH 5:9 (RFC822.SIZE INTERNALDATE UID)", "A4 UID FETCH 6:8 (RFC822.SIZE INTERNALDATE UID)"]
    );
}

#[maybe_async]
#[test]
async fn many_messages_are_fetched_in_batches_and_too_many_not_at_all() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 ESEARCH] hi\r\n");
        say("* 4000000 EXISTS\r\nA1 OK\r\n");
        say("* ESEARCH (TAG \"A2\") UID ALL 1:1001\r\nA2 OK\r\n");
        let rows = |low: u32, high: u32| -> String {
            (low..=high).map(|uid| format!("* {uid} FETCH (UID {uid} RFC822.SIZE {})\r\n", 5_000 - uid)).collect()
        };
        say(&(rows(1, 1) + "A3 OK\r\n"));
        say(&(rows(2, 501) + "A4 OK\r\n"));
        say(&(rows(502, 1001) + "A5 OK\r\n"));
        say("* ESEARCH (TAG \"A6\") UID ALL 1:4000000\r\nA6 OK\r\n");
        say("* ESEARCH (TAG \"A7\") UID ALL 1:250001\r\nA7 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let sorted = inbox.sort([SortKey::Size], Search::all()).await.unwrap();
    assert!(sorted.iter().map(|uid| uid.get()).eq((1..=1001).rev()));
    let error = inbox.sort([SortKey::Size], Search::all()).await.unwrap_err();
    assert!(error.is_limit() && error.to_string().contains("4000000 messages"), "{error}");
    let error = inbox.thread(ThreadAlgorithm::Refs, Search::all()).await.unwrap_err();
    assert!(error.is_limit() && error.to_string().contains("250001 messages"), "{error}");
    let sent = sent.lock().unwrap().clone();
    let sets: Vec<&str> = sent[2..5].iter().map(|line| line.split(' ').nth(3).unwrap()).collect();
    assert_eq!(sets, ["1", "2:501", "502:1001"]);
}

/// A server without SORT and THREAD that sends what stands before the message 7, and refuses then.
#[maybe_async]
#[test]
async fn a_message_that_is_refused_is_named_and_the_others_are_sorted() {
    let row = |uid: u32| format!("* {} FETCH (UID {uid} RFC822.SIZE {})\r\n", uid - 4, 100 - uid);
    let refused = |tag: u32| format!("A{tag} NO [SERVERBUG] cannot read the message\r\n");
    let (sent, endpoint) = scripted(move |say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 5 EXISTS\r\nA1 OK\r\n");
        for search in [2, 7] {
            say(&format!("* SEARCH 5 6 7 8 9\r\nA{search} OK\r\n"));
            say(&(row(5) + &row(6) + &refused(search + 1)));
            say(&refused(search + 2));
            say(&refused(search + 3));
            say(&format!("{}{}A{} OK\r\n", row(8), row(9), search + 4));
        }
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let found = inbox.sort_lossy([SortKey::Size], Search::all()).await.unwrap();
    assert_eq!(found.messages.iter().map(|uid| uid.get()).collect::<Vec<_>>(), [9, 8, 6, 5]);
    assert_eq!(found.refused.to_string(), "7");
    assert_eq!(
        found.refusal().map(|status| status.text.to_string_lossy().into_owned()),
        Some("cannot read the message".to_owned())
    );
    assert!(!found.is_complete());
    let error = inbox.sort([SortKey::Size], Search::all()).await.unwrap_err();
    assert_eq!(error.messages_refused().to_string(), "7");
    assert!(error.is_no() && error.to_string().ends_with("message (of 1 of the messages found: UID 7)"), "{error}");
    let sent = sent.lock().unwrap().clone();
    let sets: Vec<&str> = sent[2..6].iter().map(|line| line.split(' ').nth(3).unwrap()).collect();
    assert_eq!(sets, ["5:9", "7:9", "7", "8:9"]);
}

#[maybe_async]
#[test]
async fn threads_are_found_without_what_is_refused_and_a_refusal_of_all_is_an_error() {
    let row = |uid: u32| {
        format!(
            "* {uid} FETCH (UID {uid} INTERNALDATE \"0{uid}-Jul-2024 02:44:25 +0000\" ENVELOPE \
             (NIL \"tea\" NIL NIL NIL NIL NIL NIL NIL \"<{uid}@x>\"))\r\n"
        )
    };
    let (_, endpoint) = scripted(move |say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 3 EXISTS\r\nA1 OK\r\n");
        say("* SEARCH 1 2 3\r\nA2 OK\r\n");
        // A server that refuses the whole for one message.
        for refused in 3..=5 {
            say(&format!("A{refused} BAD cannot be read\r\n"));
        }
        say(&format!("{}{}A6 OK\r\n", row(2), row(3)));
        say("* SEARCH 1 2 3\r\nA7 OK\r\n");
        for refused in 8.. {
            say(&format!("A{refused} NO [NOPERM] not yours\r\n"));
        }
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let found = inbox.thread_lossy(ThreadAlgorithm::OrderedSubject, Search::all()).await.unwrap();
    assert_eq!((shown(&found.messages).as_str(), found.refused.to_string().as_str()), ("2 >3 ", "1"));
    let error = inbox.thread_lossy(ThreadAlgorithm::OrderedSubject, Search::all()).await.unwrap_err();
    assert!(error.is_no() && error.to_string().contains("NOPERM"), "{error}");
    assert!(error.messages_refused().is_empty());
}
