//! What needs a server of its own: time-outs, extensions that are missing, transports, trust.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod scripted;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use imaplib::sasl::{Answer, Mechanism, SaslError, ScramSha256};
use imaplib::types::*;
use imaplib::{AppendMessage, ConnectOptions, Endpoint, Error, FetchItem, Timeouts, command};
use imaplib_testserver::{Builder, Connection, Fault, Server, Settings, Store};

use scripted::scripted;

const TEXT: &str = "Subject: x\r\n\r\ntext\r\n";

fn start(change: impl FnOnce(Builder) -> Builder) -> (Server, Endpoint) {
    let server = change(Server::builder().user("alice", "secret")).start().unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    (server, endpoint)
}

fn quick() -> ConnectOptions {
    ConnectOptions::new().timeouts(Timeouts::all(Duration::from_millis(300)))
}

/// Fails by time-out, and in time.
fn timed_out(began: Instant, error: &Error) {
    assert!(error.is_timeout(), "{error}");
    assert!((200..5_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

macro_rules! tests {
    ($front:ident, $($async:ident)?) => {
        $($async)? fn log_in(endpoint: &Endpoint, options: &ConnectOptions) -> imaplib::Result<Session> {
            wait!(wait!(Client::connect_with(endpoint, options))?.login("alice", "secret"))
        }

        test! { a_silent_server_is_noticed_in_each_phase {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            for endpoint in [Endpoint::insecure("127.0.0.1", port), Endpoint::tls("127.0.0.1", port)] {
                let began = Instant::now();
                let error = wait!(Client::connect_with(&endpoint, &quick())).unwrap_err();
                timed_out(began, &error);
            }
            let (_server, endpoint) = start(|builder| builder.fault(Fault::Ignore { command: "NOOP".into() }));
            let mut session = wait!(log_in(&endpoint, &quick())).unwrap();
            let began = Instant::now();
            timed_out(began, &wait!(session.noop()).unwrap_err());
        }}

        // The system asks whether the other side is still there.
        #[cfg(target_os = "linux")]
        test! { a_silent_connection_is_watched_by_the_system {
            for (keep_alive, timer) in [(Duration::from_secs(100), "02"), (Duration::ZERO, "00")] {
                let (server, endpoint) = start(|builder| builder);
                let options = ConnectOptions::new().timeouts(Timeouts::default().keep_alive(keep_alive));
                let session = wait!(log_in(&endpoint, &options)).unwrap();
                // Address and port of both sides, state, queues, kind of the timer and when it rings: hexadecimal.
                let remote = format!(":{:04X}", server.plain_addr().port());
                let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
                let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
                let line = lines.find(|fields| fields[2].ends_with(&remote) && fields[3] == "01").expect("the connection is in the table");
                let (kind, rings) = line[5].split_once(':').unwrap();
                assert_eq!(kind, timer, "{line:?}");
                let seconds = u64::from_str_radix(rings, 16).unwrap() / 100;
                assert!(seconds <= keep_alive.as_secs() && seconds + 10 > keep_alive.as_secs(), "{line:?}");
                drop(session);
            }
        }}

        test! { a_body_that_stalls_is_an_error_and_not_a_short_body {
            let (server, endpoint) = start(|builder| builder.fault(Fault::StallAfter { bytes: 1_000_000 }));
            server.store().account("alice").append_synthetic("INBOX", 10_000_000).unwrap();
            let mut session = wait!(log_in(&endpoint, &quick())).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
            let mut row = wait!(rows.next()).unwrap().unwrap();
            let mut body = wait!(row.next_body()).unwrap().unwrap();
            let began = Instant::now();
            timed_out(began, &wait!(body.copy_to(&mut Vec::new())).unwrap_err());
        }}

        test! { a_body_that_is_cut_is_an_error_and_not_a_short_body {
            let (server, endpoint) = start(|builder| builder.fault(Fault::CutAfter { bytes: 1_000_000 }));
            server.store().account("alice").append_synthetic("INBOX", 10_000_000).unwrap();
            let mut session = wait!(log_in(&endpoint, &quick())).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
            let mut row = wait!(rows.next()).unwrap().unwrap();
            let mut body = wait!(row.next_body()).unwrap().unwrap();
            let error = wait!(body.copy_to(&mut Vec::new())).unwrap_err();
            assert!(error.is_connection_lost() && !error.is_timeout(), "{error}");
        }}

        test! { a_server_of_rfc_1730 {
            let (sent, endpoint) = scripted(|say| {
                say("* OK IMAP4 server ready\r\n");
                say("* CAPABILITY IMAP4 AUTH=KERBEROS_V4\r\nA1 OK done\r\n");
                say("A2 OK you are alice\r\n");
                say("* CAPABILITY IMAP4 AUTH=KERBEROS_V4\r\nA3 OK done\r\n");
                say("* FLAGS (\\Answered \\Deleted \\Seen)\r\n* 2 EXISTS\r\n* 1 RECENT\r\nA4 OK SELECT completed\r\n");
                say("* 1 FETCH (UID 7 FLAGS (\\Seen) INTERNALDATE \" 1-Jan-99 10:00:00 PST\" RFC822.HEADER {14}\r\nSubject: x\r\n\r\n RFC822 {17}\r\nSubject: x\r\n\r\ny\r\n)\r\nA5 OK done\r\n");
                say("* 1 FETCH (RFC822 {4}\r\nject)\r\nA6 OK done\r\n");
                say("* 1 STORE (FLAGS (\\Deleted \\Seen))\r\nA7 OK done\r\n");
                say("A8 BAD command unknown\r\n");
            });
            let client = wait!(Client::connect_with(&endpoint, &ConnectOptions::default())).unwrap();
            assert!(client.capabilities().has(Capability::Imap4) && !client.capabilities().has(Capability::Imap4Rev1));
            let mut session = wait!(client.login("alice", "secret")).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            assert_eq!((inbox.exists(), inbox.uid_validity(), inbox.is_read_only()), (2, None, false));
            let lines = FetchItem::Rfc822HeaderLines(vec!["Subject".into()]);
            let items = [FetchItem::Flags, FetchItem::InternalDate, lines, FetchItem::Rfc822Peek];
            let rows = wait!(inbox.fetch_all(SeqNum::MIN, items)).unwrap();
            assert_eq!(rows[0].internal_date.unwrap().unix_timestamp(), 915_213_600);
            assert_eq!(rows[0].sections.len(), 2);
            let part = command::PartialFetch::new(SeqNum::MIN, FetchItem::Rfc822, 4, 4);
            let part = wait!(inbox.session().run(part)).unwrap().value;
            assert_eq!(&part[0].sections[0].data.as_bytes().unwrap()[..], b"ject");
            let rows = wait!(inbox.store(SeqNum::MIN, imaplib::FlagChange::add(Flag::Deleted))).unwrap().rows;
            assert!(rows[0].flags.as_ref().unwrap().contains(&Flag::Deleted));
            assert!(wait!(session.status("INBOX", &[StatusItem::Messages])).unwrap_err().is_bad());
            let sent = sent.lock().unwrap();
            assert_eq!(sent[4..6], ["A5 FETCH 1 (FLAGS INTERNALDATE UID RFC822.HEADER.LINES (Subject) RFC822.PEEK)", "A6 PARTIAL 1 RFC822 4 4"]);
        }}

        test! { a_mailbox_that_turns_read_only_refuses_the_writer {
            let (sent, endpoint) = scripted(|say| {
                say("* PREAUTH [CAPABILITY IMAP4rev1 MOVE] hello\r\n");
                say("* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\nA1 OK [READ-WRITE] done\r\n");
                say("A2 OK done\r\n");
                say("* OK [READ-ONLY] the disk is full\r\nA3 OK done\r\n");
                say("* OK [READ-WRITE] again\r\nA4 OK done\r\n");
                say("A5 OK done\r\n");
            });
            let client = wait!(Client::connect_with(&endpoint, &ConnectOptions::default())).unwrap();
            let mut session = wait!(client.into_session()).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let seen = || imaplib::FlagChange::add(Flag::Seen).silent();
            wait!(inbox.store(Uid::MIN, seen())).unwrap();
            wait!(inbox.session().noop()).unwrap();
            assert!(inbox.is_read_only());
            for error in [
                wait!(inbox.store(Uid::MIN, seen())).unwrap_err(),
                wait!(inbox.expunge()).unwrap_err(),
                wait!(inbox.move_messages(Uid::MIN, "Trash")).unwrap_err(),
            ] {
                assert!(error.is_read_only() && !error.is_connection_lost(), "{error}");
            }
            // The server takes it back, and nothing was sent meanwhile.
            wait!(inbox.session().noop()).unwrap();
            wait!(inbox.expunge()).unwrap();
            let sent = sent.lock().unwrap();
            assert_eq!(sent[1..], ["A2 UID STORE 1 +FLAGS.SILENT (\\Seen)", "A3 NOOP", "A4 NOOP", "A5 EXPUNGE"]);
        }}

        test! { octets_one_by_one_make_no_difference {
            let (_server, endpoint) = start(|builder| builder.fault(Fault::OneByteWrites));
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::default())).unwrap();
            wait!(session.append("INBOX", AppendMessage::from(TEXT))).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let rows = wait!(inbox.fetch_all(UidSet::all(), [FetchItem::Envelope, FetchItem::message()])).unwrap();
            assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), TEXT.as_bytes());
        }}

        test! { idle_renews_itself {
            let (server, endpoint) = start(|builder| builder);
            let mut timeouts = Timeouts::default();
            timeouts.idle_renewal = Duration::from_millis(100);
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::new().timeouts(timeouts))).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let mut idle = inbox.idle();
            assert!(wait!(idle.next(Some(Duration::from_millis(700)))).unwrap().is_none());
            wait!(idle.done()).unwrap();
            let count = server.commands().iter().filter(|command| *command == "IDLE").count();
            assert!((4..=8).contains(&count), "{count} times");
        }}

        test! { a_server_without_idle_is_asked {
            let (server, endpoint) = start(|builder| builder.without("IDLE"));
            let mut timeouts = Timeouts::default();
            timeouts.idle_polling = Duration::from_millis(100);
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::new().timeouts(timeouts))).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            server.store().account("alice").append("INBOX", TEXT).unwrap();
            let mut idle = inbox.idle();
            assert!(wait!(idle.next(Some(Duration::from_secs(5)))).unwrap().is_some());
            wait!(idle.done()).unwrap();
            assert!(!server.commands().iter().any(|command| command == "IDLE"));
        }}

        test! { what_an_extension_does_is_done_without_it {
            let (server, endpoint) = start(|builder| {
                builder.without("MOVE").without("LIST-STATUS").without("ESEARCH").without("UNSELECT").without("LITERAL+").without("SASL-IR")
            });
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::default())).unwrap();
            assert!(!session.capabilities().has(Capability::Move));
            for _ in 0..3 {
                wait!(session.append("INBOX", AppendMessage::from(TEXT))).unwrap();
            }
            wait!(session.create("Target")).unwrap();
            wait!(session.create("Größe")).unwrap();
            let all = wait!(session.list_status("*", &[StatusItem::Messages])).unwrap();
            let messages: Vec<_> = all.iter().map(|mailbox| (mailbox.listing.name.to_string(), mailbox.status.as_ref().unwrap().messages)).collect();
            assert!(messages.contains(&("INBOX".into(), Some(3))) && messages.contains(&("Größe".into(), Some(0))), "{messages:?}");
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let moved = wait!(inbox.move_messages("2".parse::<UidSet>().unwrap(), "Target")).unwrap().unwrap();
            assert_eq!(moved.target.to_string(), "1");
            assert_eq!(wait!(inbox.search(imaplib::Search::all())).unwrap().to_string(), "1,3");
            wait!(inbox.unselect()).unwrap();
            let status = wait!(session.status("INBOX", &[StatusItem::Messages])).unwrap();
            assert_eq!(status.messages, Some(2));
            drop(server);
            // Where single messages cannot be removed safely, nothing is.
            let (_server, endpoint) = start(|builder| builder.without("MOVE").without("UIDPLUS"));
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::default())).unwrap();
            wait!(session.append("INBOX", AppendMessage::from(TEXT))).unwrap();
            wait!(session.create("Target")).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            assert!(wait!(inbox.move_messages(UidSet::all(), "Target")).unwrap_err().is_unsupported());
            assert!(wait!(inbox.expunge_uids(&UidSet::all())).unwrap_err().is_unsupported());
        }}

        test! { login_is_obeyed_where_it_is_disabled {
            let (_server, endpoint) = start(|builder| {
                let names = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"];
                names.iter().fold(builder.with("LOGINDISABLED"), |builder, name| builder.without(&format!("AUTH={name}")))
            });
            for _ in 0..2 {
                let client = wait!(Client::connect_with(&endpoint, &ConnectOptions::default())).unwrap();
                let error = wait!(client.login("alice", "secret")).unwrap_err();
                assert!(error.is_authentication() && error.to_string().contains("LOGINDISABLED"), "{error}");
                let client = wait!(Client::connect_with(&endpoint, &ConnectOptions::default())).unwrap();
                assert!(wait!(client.login_command("alice", "secret")).unwrap_err().is_authentication());
            }
        }}

        test! { in_clear_text_the_password_is_not_shown_if_it_need_not_be {
            let (server, endpoint) = start(|builder| builder);
            let session = wait!(log_in(&endpoint, &ConnectOptions::default())).unwrap();
            wait!(session.logout()).unwrap();
            let commands = server.commands();
            assert!(commands.iter().any(|command| command.starts_with("AUTHENTICATE SCRAM-SHA-256")), "{commands:?}");
            assert!(!commands.iter().any(|command| command.contains("secret")));
        }}

        test! { only_the_right_certificate_is_trusted {
            let (server, _) = start(|builder| builder);
            let endpoint = Endpoint::tls("localhost", server.tls_addr().port());
            let folder = tempfile::tempdir().unwrap();
            let ca = folder.path().join("ca.pem");
            std::fs::write(&ca, server.ca_pem()).unwrap();
            let client = wait!(Client::connect_with(&endpoint, &ConnectOptions::new().ca_file(&ca))).unwrap();
            let tls = client.tls().unwrap();
            assert_eq!(tls.version, "TLSv1.3");
            let pin = tls.fingerprint().unwrap();
            assert!(wait!(Client::connect_with(&endpoint, &ConnectOptions::new().pin(pin))).is_ok());
            for options in [ConnectOptions::new(), ConnectOptions::new().pin([7; 32])] {
                let error = wait!(Client::connect_with(&endpoint, &options)).unwrap_err();
                assert!(error.is_tls(), "{error}");
            }
            let missing = ConnectOptions::new().ca_file(folder.path().join("none.pem"));
            assert!(wait!(Client::connect_with(&endpoint, &missing)).unwrap_err().is_bad_argument());
            // STARTTLS is the same trust.
            let starttls = Endpoint::starttls("localhost", server.plain_addr().port());
            assert!(wait!(Client::connect_with(&starttls, &ConnectOptions::new().ca_file(&ca))).unwrap().tls().is_some());
            assert!(wait!(Client::connect_with(&starttls, &ConnectOptions::new())).unwrap_err().is_tls());
        }}

        test! { starttls_is_never_done_without {
            let (_server, endpoint) = start(|builder| builder.without("STARTTLS"));
            let endpoint = Endpoint::starttls("localhost", endpoint.port().unwrap());
            assert!(wait!(Client::connect_with(&endpoint, &ConnectOptions::new())).unwrap_err().is_unsupported());
            let (_server, endpoint) = start(|builder| builder.settings(|settings| settings.preauthenticated("alice")));
            let endpoint = Endpoint::starttls("localhost", endpoint.port().unwrap());
            assert!(wait!(Client::connect_with(&endpoint, &ConnectOptions::new())).unwrap_err().is_unsupported());
            let (_server, endpoint) =
                start(|builder| builder.fault(Fault::InsertBefore { containing: "OK".into(), bytes: b"* OK [ALERT] x\r\n".to_vec() }));
            let endpoint = Endpoint::starttls("localhost", endpoint.port().unwrap());
            // A trusted certificate would be needed as well: it must fail in any case.
            assert!(wait!(Client::connect_with(&endpoint, &ConnectOptions::new())).is_err());
        }}

        test! { a_unix_socket_is_a_way {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("socket");
            let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
            let served = Arc::new(AtomicBool::new(false));
            let done = Arc::clone(&served);
            let server = std::thread::spawn(move || {
                let store = Store::new();
                store.add_user("alice", "secret");
                let (stream, _) = listener.accept().unwrap();
                let _ = imaplib_testserver::serve(Connection::new(store, Settings::new()), stream);
                done.store(true, Ordering::SeqCst);
            });
            let mut session = wait!(log_in(&Endpoint::unix(&path), &ConnectOptions::default())).unwrap();
            assert_eq!(wait!(session.list("*")).unwrap()[0].name, MailboxName::inbox());
            wait!(session.logout()).unwrap();
            server.join().unwrap();
            assert!(served.load(Ordering::SeqCst));
        }}

        test! { a_child_process_that_is_no_server_is_said_so {
            let endpoint = Endpoint::tunnel(["echo", "hello"]);
            let error = wait!(Client::connect_with(&endpoint, &quick())).unwrap_err();
            assert!(error.is_protocol() && error.to_string().contains("hello"), "{error}");
            let error = wait!(Client::connect_with(&Endpoint::tunnel(["true"]), &quick())).unwrap_err();
            assert!(error.is_connection_lost(), "{error}");
            let error = wait!(Client::connect_with(&Endpoint::tunnel(["no-such-program"]), &quick())).unwrap_err();
            assert!(error.is_unreachable(), "{error}");
            let began = Instant::now();
            timed_out(began, &wait!(Client::connect_with(&Endpoint::tunnel(["sleep", "30"]), &quick())).unwrap_err());
        }}

        test! { what_a_move_without_move_removes_was_copied {
            let (sent, endpoint) = scripted(|says| {
                says("* PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] hi\r\n");
                says("* 1 EXISTS\r\nA1 OK\r\n");
                says("* SEARCH 7\r\nA2 OK\r\n");
                // Mail that arrives after the copy must stay.
                says("* 2 EXISTS\r\nA3 OK [COPYUID 1 7 1] copied\r\n");
                says("A4 OK\r\n");
                says("A5 OK\r\n");
            });
            let mut session = wait!(wait!(Client::connect_with(&endpoint, &quick())).unwrap().into_session()).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            wait!(inbox.move_messages(UidSet::all(), "T")).unwrap();
            let sent = sent.lock().unwrap().clone();
            let expected = ["A1 SELECT INBOX", "A2 UID SEARCH UID 1:*", "A3 UID COPY 7 T", "A4 UID STORE 7 +FLAGS.SILENT (\\Deleted)", "A5 UID EXPUNGE 7"];
            assert_eq!(sent, expected);
        }}

        test! { sequence_numbers_in_parts_mean_what_they_meant {
            let (server, endpoint) = start(|builder| builder);
            let account = server.store().account("alice");
            account.create("T").unwrap();
            for _ in 0..4000 {
                account.append("INBOX", TEXT).unwrap();
            }
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::default())).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let odd: imaplib::types::SeqSet = (1..=3999).step_by(2).filter_map(imaplib::types::SeqNum::new).collect();
            wait!(inbox.move_messages(&odd, "T")).unwrap();
            assert!(account.messages("INBOX").unwrap().iter().all(|message| message.uid.get() % 2 == 0));
            assert_eq!(account.messages("T").unwrap().len(), 2000);
        }}

        test! { a_dropped_text_is_an_error_and_not_the_next_message {
            let (server, endpoint) = start(|builder| builder);
            for _ in 0..2 {
                server.store().account("alice").append_synthetic("INBOX", 200_000).unwrap();
            }
            let mut session = wait!(log_in(&endpoint, &quick())).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
            let mut count = 0;
            while let Some(mut row) = wait!(rows.next()).unwrap() {
                count += 1;
                wait!(row.finish()).unwrap();
                assert!(wait!(row.next_body()).is_err_and(|error| error.is_bad_argument()));
            }
            assert_eq!(count, 2);
        }}

        test! { a_mailbox_that_is_not_open_any_more_is_left_alone {
            let (server, endpoint) = start(|builder| builder);
            server.store().account("alice").create("Other").unwrap();
            server.store().account("alice").append("Other", TEXT).unwrap();
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::default())).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            wait!(inbox.session().select("Other")).unwrap();
            let change = imaplib::FlagChange::add(imaplib::types::Flag::Deleted);
            assert!(wait!(inbox.store(UidSet::all(), change)).unwrap_err().is_bad_argument());
            assert!(wait!(inbox.expunge()).unwrap_err().is_bad_argument());
            assert_eq!(server.store().account("alice").messages("Other").unwrap().len(), 1);
        }}

        test! { commands_with_a_call_of_their_own_are_refused_elsewhere {
            use imaplib::command;
            let (_server, endpoint) = start(|builder| builder);
            let mut client = wait!(Client::connect_with(&endpoint, &ConnectOptions::default())).unwrap();
            assert!(wait!(client.run(command::StartTls)).unwrap_err().is_bad_argument());
            assert!(wait!(client.run(command::Select::new(MailboxName::inbox()))).unwrap_err().is_bad_argument());
            let mut session = wait!(client.login("alice", "secret")).unwrap();
            assert!(wait!(session.run(command::Append::new(MailboxName::inbox(), 1))).unwrap_err().is_bad_argument());
            assert!(wait!(session.run(command::Idle)).unwrap_err().is_bad_argument());
            let fetch = command::Fetch::new(UidSet::all(), FetchItem::Flags);
            assert!(session.start(fetch).unwrap_err().is_bad_argument());
            wait!(session.noop()).unwrap();
        }}

        test! { endless_time_outs_are_legal {
            let (_server, endpoint) = start(|builder| builder);
            let options = ConnectOptions::new().timeouts(Timeouts::all(Duration::MAX));
            let mut session = wait!(log_in(&endpoint, &options)).unwrap();
            wait!(session.noop()).unwrap();
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            wait!(session_append(&endpoint));
            let mut idle = inbox.idle();
            assert!(wait!(idle.next(Some(Duration::MAX))).unwrap().is_some());
        }}

        $($async)? fn session_append(endpoint: &Endpoint) {
            let mut session = wait!(log_in(endpoint, &ConnectOptions::default())).unwrap();
            wait!(session.append("INBOX", AppendMessage::from(TEXT))).unwrap();
        }

        test! { an_empty_message_can_be_sent {
            let (_server, endpoint) = start(|builder| builder);
            let mut session = wait!(log_in(&endpoint, &ConnectOptions::default())).unwrap();
            // A server refuses it (RFC 3502, section 6.3.11); the session goes on.
            let _ = wait!(session.append("INBOX", AppendMessage::from("")));
            wait!(session.noop()).unwrap();
        }}
    };
}

mod blocking {
    use super::*;
    use imaplib::blocking::{Client, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)* };
    }
    macro_rules! test {
        ($name:ident $body:block) => {
            #[test]
            fn $name() $body
        };
    }
    tests!(blocking,);

    #[test]
    fn any_stream_will_do() {
        let (server, _) = start(|builder| builder);
        let stream = std::net::TcpStream::connect(server.plain_addr()).unwrap();
        let client =
            Client::from_stream(imaplib::blocking::NoTimeouts(stream), true, &ConnectOptions::default()).unwrap();
        let mut session = client.login("alice", "secret").unwrap();
        session.noop().unwrap();
    }
}

mod asynchronous {
    use super::*;
    use imaplib::{Client, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)*.await };
    }
    macro_rules! test {
        ($name:ident $body:block) => {
            #[tokio::test]
            async fn $name() $body
        };
    }
    tests!(tokio, async);

    #[tokio::test]
    async fn any_stream_will_do() {
        let (server, _) = start(|builder| builder);
        let stream = tokio::net::TcpStream::connect(server.plain_addr()).await.unwrap();
        let client = Client::from_stream(stream, true, &ConnectOptions::default()).await.unwrap();
        let mut session = client.login("alice", "secret").await.unwrap();
        session.noop().await.unwrap();
    }

    /// A message whose source stalls is given up with the connection: the next one must not be put behind it.
    #[tokio::test]
    async fn a_message_that_was_cut_ends_the_connection() {
        use tokio::io::AsyncWriteExt;
        let (server, endpoint) = start(|builder| builder);
        let mut session = log_in(&endpoint, &quick()).await.unwrap();
        let (mut source, reader) = tokio::io::duplex(64);
        source.write_all(b"AAAAAAAAAA").await.unwrap();
        let first = session.append("INBOX", AppendMessage::new(reader, 30));
        assert!(tokio::time::timeout(Duration::from_millis(200), first).await.is_err());
        let error = session.append("INBOX", AppendMessage::from("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB")).await.unwrap_err();
        assert!(error.is_protocol(), "{error}");
        drop(session);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(server.store().account("alice").messages("INBOX").unwrap().len(), 0);
    }

    /// The caller may take its time between two reads.
    #[tokio::test]
    async fn a_slow_reader_is_not_taken_for_a_silent_server() {
        use tokio::io::AsyncReadExt;
        let (server, endpoint) = start(|builder| builder);
        server.store().account("alice").append_synthetic("INBOX", 3_000_000).unwrap();
        let mut session = log_in(&endpoint, &quick()).await.unwrap();
        let mut inbox = session.select("INBOX").await.unwrap();
        let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
        let mut row = rows.next().await.unwrap().unwrap();
        let mut body = row.next_body().await.unwrap().unwrap();
        let mut total = 0;
        let mut block = vec![0; 1_000_000];
        loop {
            match body.read(&mut block).await.unwrap() {
                0 => break,
                count => total += count,
            }
            if total < 300_000 {
                tokio::time::sleep(Duration::from_millis(400)).await;
            }
        }
        assert_eq!(total, 3_000_000);
    }

    /// A future that is dropped at its n-th pause leaves a session that answers rightly.
    #[tokio::test]
    async fn futures_can_be_dropped_at_every_pause() {
        let (server, endpoint) = start(|builder| builder.fault(Fault::OneByteWrites));
        server.store().account("alice").append("INBOX", TEXT).unwrap();
        server.store().account("alice").append_synthetic("INBOX", 1_000).unwrap();
        let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
        let mut inbox = session.select("INBOX").await.unwrap();
        for pauses in 0..150 {
            let search = inbox.search(imaplib::Search::all());
            assert!(drop_after(pauses, search).await.is_none_or(|result| result.unwrap().to_string() == "1:2"));
            let fetch = async {
                let mut rows = inbox.fetch(UidSet::all(), FetchItem::message())?;
                let mut count = 0;
                while let Some(mut row) = rows.next().await? {
                    while let Some(mut body) = row.next_body().await? {
                        body.copy_to(&mut Vec::new()).await?;
                    }
                    count += 1;
                }
                Ok::<_, Error>(count)
            };
            assert!(drop_after(pauses, fetch).await.is_none_or(|result| result.unwrap() == 2));
            let mut idle = inbox.idle();
            drop(drop_after(pauses % 7, idle.next(Some(Duration::from_millis(5)))).await);
            drop(idle);
        }
        assert_eq!(inbox.search(imaplib::Search::all()).await.unwrap().to_string(), "1:2");
    }

    /// SCRAM that notes how often others ran between two slices of its work.
    struct Watched {
        scram: ScramSha256,
        ran: Arc<AtomicU64>,
        before: u64,
        slices: Arc<AtomicU64>,
    }

    impl Mechanism for Watched {
        fn name(&self) -> &str {
            self.scram.name()
        }

        fn initial(&mut self) -> Option<Vec<u8>> {
            self.scram.initial()
        }

        fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
            self.before = self.ran.load(Ordering::Relaxed);
            self.scram.respond(challenge)
        }

        fn compute_more(&mut self) -> Result<Answer, SaslError> {
            let ran = self.ran.load(Ordering::Relaxed);
            if ran > std::mem::replace(&mut self.before, ran) {
                self.slices.fetch_add(1, Ordering::Relaxed);
            }
            self.scram.compute_more()
        }

        fn reveals_secret(&self) -> bool {
            false
        }
    }

    /// However long a password is hashed, the other tasks of the thread run meanwhile.
    #[tokio::test]
    async fn hashing_does_not_hold_the_thread() {
        let (_sent, endpoint) = scripted(|say| {
            say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] hi\r\n");
            say("+ cj1ub25jZTIscz1jMkZzZEE9PSxpPTEwMDAx\r\n"); // r=nonce2,s=c2FsdA==,i=10001
            say("A1 NO not today\r\n");
        });
        let (ran, slices) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let count = Arc::clone(&ran);
        let other = tokio::spawn(async move {
            loop {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        let client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
        let scram = ScramSha256::new("alice", "secret", "nonce");
        let watched = Watched { scram, ran, before: 0, slices: Arc::clone(&slices) };
        let error = client.authenticate(watched).await.unwrap_err();
        assert!(error.is_authentication(), "{error}");
        assert_eq!(slices.load(Ordering::Relaxed), 9, "others ran before each slice but the first");
        other.abort();
    }

    /// What a dropped call took of a text is gone: the next one does not give the rest for the whole.
    #[tokio::test]
    async fn a_text_that_was_taken_in_part_is_never_given_as_a_whole() {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        for copies in [false, true] {
            let (here, there) = tokio::io::duplex(64 << 10);
            let (rest, wanted) = tokio::sync::oneshot::channel();
            let server = tokio::spawn(async move {
                let mut there = BufReader::new(there);
                there.write_all(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n").await.unwrap();
                there.read_line(&mut String::new()).await.unwrap();
                there.write_all(b"* 1 EXISTS\r\nA1 OK [READ-WRITE] x\r\n").await.unwrap();
                there.read_line(&mut String::new()).await.unwrap();
                there.write_all(b"* 1 FETCH (UID 1 BODY[] {200}\r\n").await.unwrap();
                there.write_all(&[b'x'; 100]).await.unwrap();
                wanted.await.unwrap();
                there.write_all(&[b'y'; 100]).await.unwrap();
                there.write_all(b")\r\nA2 OK done\r\n").await.unwrap();
                there.read_line(&mut String::new()).await.unwrap();
            });
            let options = ConnectOptions::new().limits(imaplib::Limits::default().stream_threshold(16));
            let mut session = Client::from_stream(here, true, &options).await.unwrap().into_session().await.unwrap();
            let mut inbox = session.select("INBOX").await.unwrap();
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
            let mut row = rows.next().await.unwrap().unwrap();
            let mut body = row.next_body().await.unwrap().unwrap();
            let time = Duration::from_millis(100);
            match copies {
                true => drop(tokio::time::timeout(time, body.copy_to(&mut Vec::new())).await.unwrap_err()),
                false => drop(tokio::time::timeout(time, body.to_bytes(1_000)).await.unwrap_err()),
            }
            rest.send(()).unwrap();
            assert!(body.to_bytes(1_000).await.unwrap_err().is_bad_argument());
            assert!(body.copy_to(&mut Vec::new()).await.unwrap_err().is_bad_argument());
            assert!(body.chunk().await.unwrap_err().is_bad_argument());
            assert!(tokio::io::AsyncReadExt::read_to_end(&mut body, &mut Vec::new()).await.is_err());
            assert!(rows.next().await.unwrap().is_none());
            server.abort();
        }
    }

    /// A server that reads nothing more of a message is given up, whatever it says meanwhile.
    #[tokio::test]
    async fn a_server_that_talks_and_does_not_read_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint::insecure("127.0.0.1", listener.local_addr().unwrap().port());
        let server = tokio::spawn(async move {
            use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n").await.unwrap();
            stream.read_line(&mut String::new()).await.unwrap();
            while stream.write_all(b"*").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let mut session = Client::connect_with(&endpoint, &quick()).await.unwrap().into_session().await.unwrap();
        let began = Instant::now();
        let message = AppendMessage::new(tokio::io::repeat(b'x'), 1 << 30);
        timed_out(began, &session.append("INBOX", message).await.unwrap_err());
        server.abort();
    }

    /// Polls the future until it has paused so often, then drops it.
    async fn drop_after<F: Future>(pauses: usize, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        let mut left = pauses;
        std::future::poll_fn(move |cx| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
            std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
            std::task::Poll::Pending => {
                left -= 1;
                std::task::Poll::Pending
            }
        })
        .await
    }
}
