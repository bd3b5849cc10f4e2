//! The cases.

/// What a case saw, or why it failed.
pub type Seen = Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>>;

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

/// A message of some 300 kB, beyond what is held in memory at once.
pub fn large_message() -> String {
    let line = "0123456789 abcdefghijklmnopqrstuvwxyz {17}\r\n";
    format!("Subject: large\r\n\r\n{}", line.repeat(7000))
}

macro_rules! all_cases {
    ($($async:ident)?) => {
        use super::{MESSAGE, Seen, large_message};
        use crate::target::Login;
        use imaplib::sasl::{CramMd5, External, Plain, ScramSha1, ScramSha256, LoginMechanism, XOAuth2};
        use imaplib::types::*;
        use imaplib::{command, response, AclChange, FetchItem, Message, Messages, Search, SearchReturn, SortBy, SortKey, Store, ThreadAlgorithm};
        use std::time::Duration;

        $($async)? fn connect(login: &Login) -> imaplib::Result<Client> {
            wait!(Client::open(&login.endpoint, &login.options))
        }

        $($async)? fn log_in(login: &Login) -> imaplib::Result<Session> {
            wait!(wait!(connect(login))?.login(&login.user, login.password))
        }

        /// A session whose INBOX holds `count` messages.
        $($async)? fn with_messages(login: &Login, count: usize) -> imaplib::Result<Session> {
            let mut session = wait!(log_in(login))?;
            for number in 0..count {
                let date = DateTime::from_unix(1_700_000_000 + number as i64 * 86_400)?;
                wait!(session.append("INBOX", Message::from(MESSAGE).date(date)))?;
            }
            Ok(session)
        }

        $($async)? fn connection(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let client = wait!(connect(login))?;
            assert!(client.greeting().is_some());
            assert!(client.capabilities().has(Capability::Imap4Rev1));
            let mut session = wait!(client.login(&login.user, login.password))?;
            assert!(session.capabilities().has(Capability::Namespace));
            let listed = wait!(session.capability())?;
            assert!(listed.has(Capability::UidPlus) && !listed.is_empty());
            wait!(session.noop())?;
            let id = wait!(session.id(Id::new().with("name", "conformance")?))?;
            seen.push(format!("{:?}", id.field("name")));
            let namespaces = wait!(session.namespace())?;
            seen.push(format!("{namespaces:?}"));
            let enabled = wait!(session.enable(&["CONDSTORE"]))?;
            seen.push(enabled.to_string());
            wait!(session.logout())?;
            Ok(seen)
        }

        $($async)? fn login_by_each_mechanism(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let (user, password) = (login.user.as_str(), login.password);
            let client = wait!(connect(login))?;
            let mechanisms: Vec<String> = client.capabilities().values("AUTH").map(str::to_owned).collect();
            wait!(client.logout())?;
            for name in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
                assert!(mechanisms.iter().any(|known| known == name), "{name} is not offered");
                let client = wait!(connect(login))?;
                let session = wait!(match name {
                    "PLAIN" => client.authenticate(Box::new(Plain::new(user, password)) as Box<dyn imaplib::sasl::Mechanism>),
                    "LOGIN" => client.authenticate(Box::new(LoginMechanism::new(user, password)) as Box<_>),
                    "CRAM-MD5" => client.authenticate(Box::new(CramMd5::new(user, password)) as Box<_>),
                    "SCRAM-SHA-1" => client.authenticate(Box::new(ScramSha1::new(user, password, "fyko+d2lbbFgONRv9qkxdawL")) as Box<_>),
                    _ => client.authenticate(Box::new(ScramSha256::new(user, password, "rOprNGfwEbeRWgbNEkqO")) as Box<_>),
                })?;
                wait!(session.logout())?;
                seen.push(name.to_owned());
            }
            let client = wait!(connect(login))?;
            wait!(wait!(client.login_command(user, password))?.logout())?;
            Ok(seen)
        }

        $($async)? fn login_with_a_wrong_password(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let user = login.user.as_str();
            for way in ["best", "command", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
                let client = wait!(connect(login))?;
                let result = match way {
                    "best" => wait!(client.login(user, "wr\"ong")),
                    "command" => wait!(client.login_command(user, "wr\r\nong")),
                    way => wait!(client.authenticate(imaplib::mechanism(way, user, "wrong")?)),
                };
                let error = result.expect_err("a wrong password must not do");
                assert!(error.is_authentication(), "{way}: {error}");
                assert!(!error.to_string().contains("wr"), "{error}");
                seen.push(format!("{way} {}", error.is_no()));
            }
            for mechanism in [Box::new(External::new("")) as Box<dyn imaplib::sasl::Mechanism>, Box::new(XOAuth2::new(user, "token"))] {
                let client = wait!(connect(login))?;
                assert!(wait!(client.authenticate(mechanism)).is_err());
            }
            Ok(seen)
        }

        $($async)? fn mailboxes(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(log_in(login))?;
            for name in ["Entwürfe", "Entwürfe/日本語 & mehr", "a b\"c", "plain"] {
                wait!(session.create(name))?;
            }
            assert!(wait!(session.create("plain")).unwrap_err().is_no());
            assert!(wait!(session.create("a\r\nb")).unwrap_err().is_bad_argument());
            wait!(session.rename("plain", "📧"))?;
            wait!(session.subscribe("Entwürfe"))?;
            let mut names: Vec<String> = wait!(session.list("*"))?.iter().map(|listing| listing.name.to_string()).collect();
            names.sort();
            for name in ["Entwürfe", "Entwürfe/日本語 & mehr", "INBOX", "a b\"c", "📧"] {
                assert!(names.iter().any(|known| known == name), "{name} is missing in {names:?}");
            }
            let subscribed = wait!(session.lsub("*"))?;
            seen.push(format!("{:?}", subscribed.iter().map(|listing| listing.name.to_string()).collect::<Vec<_>>()));
            let extended = wait!(session.list_subscribed("*"))?;
            assert!(extended.iter().any(|listing| listing.name.to_string() == "Entwürfe"));
            wait!(session.unsubscribe("Entwürfe"))?;
            assert!(wait!(session.lsub("Entw*"))?.is_empty());
            let level: Vec<String> = wait!(session.list("Entw%"))?.iter().map(|listing| listing.name.to_string()).collect();
            assert_eq!(level, ["Entwürfe"]);
            for listing in wait!(session.list("Entw*"))? {
                // What was listed goes back as it came.
                let status = wait!(session.status(&listing.name, &[StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::Unseen, StatusItem::Recent]))?;
                assert_eq!((status.messages, status.name == listing.name), (Some(0), true));
            }
            let all = wait!(session.list_status("*", &[StatusItem::Messages]))?;
            assert!(all.iter().any(|(listing, status)| listing.name.to_string() == "📧" && status.as_ref().is_some_and(|status| status.messages == Some(0))));
            assert_eq!(all.len(), wait!(session.list("*"))?.len());
            wait!(session.delete("📧"))?;
            let gone = wait!(session.select("📧")).map(drop).unwrap_err();
            assert!(gone.is_no());
            seen.push(format!("{:?}", names));
            Ok(seen)
        }

        $($async)? fn append(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(log_in(login))?;
            let date: DateTime = "17-Jul-1996 02:44:25 -0700".parse()?;
            let flags: Flags = [Flag::Seen, Flag::Flagged, Flag::keyword("$Work")?].into();
            let large = large_message();
            let uid = wait!(session.append("INBOX", Message::from(MESSAGE).flags(flags.clone()).date(date)))?;
            seen.push(format!("{:?}", uid.map(|uid| uid.uids)));
            wait!(session.append("INBOX", Message::from(large.as_str())))?;
            let nowhere = wait!(session.append("Nowhere", Message::from(MESSAGE))).unwrap_err();
            assert!(matches!(nowhere.code(), Some(ResponseCode::TryCreate)), "{nowhere}");
            // The session goes on after the refusal.
            let mut inbox = wait!(session.select("INBOX"))?;
            assert_eq!(inbox.exists(), 2);
            let rows = wait!(inbox.fetch_all(UidSet::all(), [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size]))?;
            let mut stored = rows[0].flags.clone().unwrap_or_default();
            stored.remove(&Flag::Recent);
            assert_eq!(stored, flags);
            assert_eq!(rows[0].internal_date.unwrap().unix_timestamp(), date.unix_timestamp());
            assert_eq!((rows[0].size, rows[1].size), (Some(MESSAGE.len() as u64), Some(large.len() as u64)));
            drop(session);
            let mut session = wait!(log_in(login))?;
            let short = wait!(session.append("INBOX", Message::new("short".as_bytes(), 10))).unwrap_err();
            assert!(short.is_bad_argument(), "{short}");
            assert!(wait!(session.noop()).is_err());
            Ok(seen)
        }

        $($async)? fn select(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 3))?;
            {
                let inbox = wait!(session.select("inbox"))?;
                let view = inbox.view().unwrap();
                assert_eq!((inbox.exists(), inbox.is_read_only(), view.name.is_inbox()), (3, false, true));
                assert!(inbox.uid_validity().is_some() && inbox.uid_next() == Some(4));
                assert!(view.flags.contains(&Flag::Seen) && view.permanent_flags.as_ref().unwrap().contains(&Flag::Wildcard));
            }
            {
                let mut inbox = wait!(session.examine("INBOX"))?;
                assert!(inbox.is_read_only());
                let refused = wait!(inbox.store(UidSet::all(), Store::add(Flag::Seen)));
                seen.push(format!("{:?}", refused.map(|rows| rows.len()).map_err(|error| error.is_no())));
                wait!(inbox.session().status("INBOX", &[StatusItem::Messages]))?;
                wait!(inbox.check())?;
                wait!(inbox.unselect())?;
            }
            let inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.close())?;
            assert!(wait!(session.run(command::Expunge::default())).is_err());
            wait!(session.logout())?;
            Ok(seen)
        }

        $($async)? fn search(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 5))?;
            wait!(session.append("INBOX", Message::from("Subject: other\r\nFrom: x\r\n\r\nGr\u{fc}n\r\n").flags(Flag::Seen)))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            for (search, expected) in [
                (Search::all(), "1:6"),
                (Search::seen(), "6"),
                (Search::unseen().from("ann"), "1:5"),
                (Search::new().subject("{5}"), "1:5"),
                (Search::new().subject("Grüße"), "1:5"),
                (Search::new().subject("x\"y\\z"), ""),
                (Search::new().before(Date::new(2023, 11, 16)?), "1:2"),
                (!Search::new().larger(100), "6"),
                (Search::seen().or(Search::new().uids("2".parse()?)), "2,6"),
                (Search::new().header("Message-ID", "<1@example.org>"), "1:5"),
                ("OR (UID 1 UNSEEN) SUBJECT other".parse()?, "1,6"),
            ] {
                let found = wait!(inbox.search(search.clone()))?;
                assert_eq!(found.to_string(), expected, "{search:?}");
                let numbers = wait!(inbox.search_numbers(search))?;
                assert_eq!(numbers.to_string(), expected);
                seen.push(found.to_string());
            }
            let wanted = [SearchReturn::Min, SearchReturn::Max, SearchReturn::Count];
            let result = wait!(inbox.search_return(Search::unseen(), &wanted))?;
            assert_eq!((result.min, result.max, result.count, result.all), (Some(1), Some(5), Some(5), None));
            let nothing = wait!(inbox.search_return(Search::draft(), &wanted))?;
            assert_eq!((nothing.min, nothing.count), (None, Some(0)));
            match wait!(inbox.search_return(Search::seen(), &[SearchReturn::Save])) {
                Ok(_) => {
                    let rows = wait!(inbox.fetch_all(Messages::Saved, FetchItem::Size))?;
                    assert_eq!(rows.iter().map(|row| row.uid.unwrap().get()).collect::<Vec<_>>(), [6]);
                }
                Err(error) => assert!(error.is_not_offered(), "{error}"),
            }
            assert!(wait!(inbox.search(Search::new().text("a\0b"))).unwrap_err().is_bad_argument());
            Ok(seen)
        }

        $($async)? fn fetch(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 2))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let items = [
                FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Envelope, FetchItem::Body, FetchItem::BodyStructure,
                FetchItem::message(), FetchItem::header(), FetchItem::peek(Section::text()),
                FetchItem::peek(Section::part(Part::new([1]))),
                FetchItem::peek(Section { part: Part::new([2]), text: SectionText::Mime }),
                FetchItem::peek(Section::header_fields(["Subject", "X-None"])),
                FetchItem::Section { section: Section::message(), peek: true, partial: Some((3, 10)) },
            ];
            let mut rows = inbox.fetch(UidSet::all(), items)?;
            let mut count = 0;
            while let Some(mut row) = wait!(rows.next())? {
                count += 1;
                assert_eq!(row.uid().map(Uid::get), Some(count));
                assert_eq!(row.sequence_number().map(SeqNum::get), Some(count));
                assert!(row.flags().is_some() && row.internal_date().is_some());
                assert_eq!(row.size(), Some(MESSAGE.len() as u64));
                let envelope = row.envelope().unwrap();
                assert_eq!(envelope.from()[0].as_email().unwrap().address(), "ann@example.org");
                assert_eq!(envelope.to().len(), 2);
                assert_eq!(envelope.subject.as_ref().unwrap().to_str(), Some("=?utf-8?Q?Gr=C3=BC=C3=9Fe?= {5}"));
                let leaves = row.body_structure().unwrap().leaves().into_iter().map(|(part, leaf)| format!("{part} {}/{}", leaf.media_type, leaf.subtype).to_lowercase()).collect::<Vec<_>>();
                assert_eq!(leaves, ["1 text/plain", "2 application/octet-stream"]);
                assert!(row.notes().is_empty(), "{:?}", row.notes());
                let mut texts = 0;
                while let Some(mut body) = wait!(row.next_body())? {
                    texts += 1;
                    let origin = body.origin();
                    let name = body.name().to_string();
                    let octets = wait!(body.to_bytes(1 << 20))?;
                    match (name.as_str(), origin) {
                        ("BODY[]", None) => assert_eq!(octets, MESSAGE.as_bytes()),
                        ("BODY[]", Some(3)) => assert_eq!(octets, MESSAGE.as_bytes()[3..13]),
                        ("BODY[1]", None) => assert_eq!(octets, "Hello {3}"),
                        ("BODY[TEXT]", None) => assert!(MESSAGE.as_bytes().ends_with(&octets)),
                        ("BODY[HEADER]", None) => assert!(MESSAGE.as_bytes().starts_with(&octets)),
                        ("BODY[2.MIME]", None) => assert!(octets.starts_with(b"Content-Type: application")),
                        (name, None) if name.starts_with("BODY[HEADER.FIELDS (") => assert!(octets.starts_with(b"Subject:")),
                        other => panic!("{other:?} was not asked for"),
                    }
                }
                assert_eq!(texts, 7);
            }
            assert_eq!(count, 2);
            drop(rows);
            // Texts of RFC 3501, which set \Seen.
            let rows = wait!(inbox.fetch_all("1".parse::<SeqSet>()?, [FetchItem::Rfc822, FetchItem::Rfc822Header, FetchItem::Rfc822Text]))?;
            assert_eq!(rows[0].sections.len(), 3);
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::Flags))?;
            assert!(rows[0].flags.as_ref().unwrap().contains(&Flag::Seen) && !rows[1].flags.as_ref().unwrap().contains(&Flag::Seen));
            assert!(wait!(inbox.fetch_all(UidSet::new(), FetchItem::Flags))?.is_empty());
            let binary = wait!(inbox.fetch_all(UidSet::all(), [FetchItem::Binary { part: Part::new([2]), peek: true, partial: None }, FetchItem::BinarySize(Part::new([2]))]))?;
            seen.push(format!("{:?} {:?}", binary[0].sections, binary[0].binary_sizes));
            Ok(seen)
        }

        $($async)? fn stream(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 1))?;
            let large = large_message();
            for _ in 0..3 {
                wait!(session.append("INBOX", Message::from(large.as_str())))?;
            }
            let mut inbox = wait!(session.select("INBOX"))?;
            let items = [FetchItem::Flags, FetchItem::message(), FetchItem::peek(Section::text())];
            let mut rows = inbox.fetch(UidSet::all(), items.clone())?;
            let mut lengths = Vec::new();
            while let Some(mut row) = wait!(rows.next())? {
                assert!(row.uid().is_some());
                while let Some(mut body) = wait!(row.next_body())? {
                    let mut copy = Vec::new();
                    assert_eq!(Some(wait!(body.copy_to(&mut copy))?), body.length());
                    assert!(body.name().to_string() != "BODY[]" || copy == large.as_bytes() || copy == MESSAGE.as_bytes());
                    lengths.push(copy.len());
                }
            }
            drop(rows);
            assert_eq!(lengths.len(), 8);
            // Rows, texts and streams may be left half-read at any place.
            for rows_read in 0..4 {
                for chunks_read in 0..3 {
                    let mut rows = inbox.fetch(UidSet::all(), items.clone())?;
                    for _ in 0..rows_read {
                        let mut row = wait!(rows.next())?.unwrap();
                        if chunks_read > 0 {
                            let mut body = wait!(row.next_body())?.unwrap();
                            wait!(body.chunk())?;
                        }
                        if chunks_read > 1 {
                            wait!(row.finish())?;
                            assert_eq!(row.data().sections.len(), 2);
                        }
                    }
                    drop(rows);
                    assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "1:4");
                }
            }
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message())?;
            wait!(rows.next())?;
            let mut row = wait!(rows.next())?.unwrap();
            let error = wait!(wait!(row.next_body())?.unwrap().to_bytes(1000)).unwrap_err();
            assert!(error.is_limit());
            seen.push(format!("{lengths:?}"));
            Ok(seen)
        }

        $($async)? fn flags(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 4))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let shown = |rows: Vec<Fetch>| {
                let line = |row: &Fetch| {
                    let mut flags = row.flags.clone().unwrap_or_default();
                    flags.remove(&Flag::Recent);
                    let mut words: Vec<String> = flags.iter().map(|flag| flag.to_string()).collect();
                    words.sort();
                    format!("{} {}", row.seq.unwrap(), words.join(" "))
                };
                rows.iter().map(line).collect::<Vec<_>>()
            };
            let two: UidSet = "2:3".parse()?;
            assert_eq!(shown(wait!(inbox.store(&two, Store::add([Flag::Seen, Flag::keyword("$Work")?])))?), ["2 $Work \\Seen", "3 $Work \\Seen"]);
            assert_eq!(shown(wait!(inbox.store(&two, Store::remove(Flag::Seen)))?), ["2 $Work", "3 $Work"]);
            assert_eq!(shown(wait!(inbox.store("3".parse::<SeqSet>()?, Store::replace(Flag::Draft)))?), ["3 \\Draft"]);
            assert!(wait!(inbox.store(&two, Store::add(Flag::Answered).silent()))?.is_empty());
            assert!(wait!(inbox.store(&two, Store::add(Flag::Recent))).unwrap_err().is_bad_argument());
            seen.extend(shown(wait!(inbox.fetch_all(UidSet::all(), FetchItem::Flags))?));
            assert_eq!(seen[1..3], ["2 $Work \\Answered", "3 \\Answered \\Draft"]);
            Ok(seen)
        }

        $($async)? fn copy_move_expunge(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 6))?;
            wait!(session.create("Target"))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let copied = wait!(inbox.copy("1:2".parse::<UidSet>()?, "Target"))?.unwrap();
            assert_eq!(copied.pairs().map(|(from, to)| (from.get(), to.get())).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
            let moved = wait!(inbox.move_to("3".parse::<UidSet>()?, "Target"))?.unwrap();
            assert_eq!((moved.source.to_string(), moved.target.to_string()), ("3".into(), "3".into()));
            assert_eq!(inbox.exists(), 5);
            let nowhere = wait!(inbox.copy("1".parse::<UidSet>()?, "Nowhere")).unwrap_err();
            assert!(matches!(nowhere.code(), Some(ResponseCode::TryCreate)));
            wait!(inbox.move_to("1".parse::<SeqSet>()?, "Target"))?;
            wait!(inbox.store("2,4:5".parse::<UidSet>()?, Store::add(Flag::Deleted).silent()))?;
            assert_eq!(wait!(inbox.expunge_uids(&"4".parse()?))?, 1);
            assert_eq!(wait!(inbox.expunge())?, 2);
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "6");
            assert_eq!(inbox.exists(), 1);
            wait!(inbox.store("6".parse::<UidSet>()?, Store::add(Flag::Deleted).silent()))?;
            wait!(inbox.close())?;
            let status = wait!(session.status("INBOX", &[StatusItem::Messages]))?;
            assert_eq!(status.messages, Some(0));
            let status = wait!(session.status("Target", &[StatusItem::Messages]))?;
            assert_eq!(status.messages, Some(4));
            while let Some(event) = session.next_event() {
                seen.push(format!("{:?}", event.response).split('(').next().unwrap().to_owned());
            }
            seen.retain(|event| event == "Expunge");
            Ok(seen)
        }

        $($async)? fn idle(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 1))?;
            let mut other = wait!(log_in(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            while inbox.session().next_event().is_some() {}
            let mut idle = inbox.idle();
            assert!(wait!(idle.next(Some(Duration::from_millis(50))))?.is_none());
            wait!(other.append("INBOX", Message::from(MESSAGE)))?;
            let patience = Some(Duration::from_secs(10));
            let event = wait!(idle.next(patience))?.expect("an event");
            assert_eq!(event.response, response::Untagged::Exists(2));
            assert!(event.mailbox.unwrap().is_inbox());
            wait!(idle.done())?;
            while inbox.session().next_event().is_some() {}
            {
                let mut second = wait!(other.select("INBOX"))?;
                wait!(second.store("1".parse::<UidSet>()?, Store::add(Flag::Deleted)))?;
                wait!(second.expunge())?;
            }
            let mut idle = inbox.idle();
            let mut gone = false;
            while let Some(event) = wait!(idle.next(patience))? {
                if matches!(event.response, response::Untagged::Expunge(_)) {
                    gone = true;
                    break;
                }
            }
            assert!(gone);
            // Dropped without an end: the session goes on.
            drop(idle);
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "2");
            let _ = login.is_test_server;
            seen.push(inbox.exists().to_string());
            Ok(seen)
        }

        $($async)? fn pipelining(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 3))?;
            wait!(session.select("INBOX"))?;
            let mut tickets = Vec::new();
            for _ in 0..40 {
                for uid in 1..=3 {
                    let command = command::FetchCommand::new(Uid::new(uid).unwrap(), [FetchItem::Flags, FetchItem::message()]);
                    tickets.push((uid, session.start(command::FetchAll::from(command))?));
                }
            }
            let search = session.start(command::UidSearch::new(Search::all()))?;
            let search_again = session.start(command::UidSearch::new("UID 2".parse()?))?;
            let status = session.start(command::Status::new(MailboxName::inbox(), [StatusItem::Messages]))?;
            // In any order.
            assert_eq!(wait!(session.finish(search_again))?.value.to_string(), "2");
            assert_eq!(wait!(session.finish(status))?.value.messages, Some(3));
            for (uid, ticket) in tickets {
                let rows = wait!(session.finish(ticket))?.value;
                assert_eq!(rows.iter().map(|row| row.uid.unwrap().get()).collect::<Vec<_>>(), [uid]);
                assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), MESSAGE.as_bytes());
            }
            seen.push(wait!(session.finish(search))?.value.to_string());
            Ok(seen)
        }

        $($async)? fn sort_and_thread(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(log_in(login))?;
            for (subject, references) in [("c", ""), ("a", "<1@x>"), ("b", "<1@x> <2@x>"), ("d", "")] {
                let id = wait!(session.status("INBOX", &[StatusItem::UidNext]))?.uid_next.unwrap();
                let text = format!("Message-ID: <{id}@x>\r\nReferences: {references}\r\nSubject: {subject}\r\n\r\n{}", "x".repeat(100 - id as usize));
                wait!(session.append("INBOX", Message::from(text.as_str())))?;
            }
            let has_sort = session.capabilities().has(Capability::Sort);
            let mut inbox = wait!(session.select("INBOX"))?;
            if !has_sort {
                assert!(wait!(inbox.sort([SortKey::Subject], Search::all())).unwrap_err().is_not_offered());
                return Ok(seen);
            }
            let sorted = wait!(inbox.sort([SortKey::Subject], Search::all()))?;
            assert_eq!(sorted.iter().map(|uid| uid.get()).collect::<Vec<_>>(), [2, 3, 1, 4]);
            let sorted = wait!(inbox.sort([SortBy::reverse(SortKey::Subject)], Search::new().uids("1:3".parse()?)))?;
            assert_eq!(sorted.iter().map(|uid| uid.get()).collect::<Vec<_>>(), [1, 3, 2]);
            assert!(wait!(inbox.sort([SortKey::Date], Search::new().subject("ü")))?.is_empty());
            let threads = wait!(inbox.thread(ThreadAlgorithm::References, Search::all()))?;
            let shown: Vec<_> = threads.iter().map(|node| (node.depth, node.number.unwrap())).collect();
            assert_eq!(shown, [(0, 1), (1, 2), (2, 3), (0, 4)]);
            let numbers = wait!(inbox.session().run(command::SeqThread::new(ThreadAlgorithm::OrderedSubject, Search::all())))?;
            seen.push(format!("{:?}", numbers.value));
            Ok(seen)
        }

        $($async)? fn acl_and_quota(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(log_in(login))?;
            if session.capabilities().has(Capability::Acl) {
                wait!(session.create("Shared & more"))?;
                let mine = wait!(session.my_rights("Shared & more"))?;
                assert!(mine.rights.has('l') && mine.rights.has('a'), "{mine:?}");
                wait!(session.set_acl("Shared & more", "bob", AclChange::Replace, Rights::new("lr")?))?;
                wait!(session.set_acl("Shared & more", "bob", AclChange::Add, Rights::new("s")?))?;
                wait!(session.set_acl("Shared & more", "bob", AclChange::Remove, Rights::new("r")?))?;
                let acl = wait!(session.get_acl("Shared & more"))?;
                let bob = acl.entries.iter().find(|(who, _)| *who == "bob").unwrap();
                assert!(bob.1.has('l') && bob.1.has('s') && !bob.1.has('r'), "{acl:?}");
                let possible = wait!(session.list_rights("Shared & more", "bob"))?;
                assert!(possible.optional.iter().any(|rights| rights.has('r')), "{possible:?}");
                wait!(session.delete_acl("Shared & more", "bob"))?;
                let acl = wait!(session.get_acl("Shared & more"))?;
                assert!(!acl.entries.iter().any(|(who, _)| *who == "bob"));
                assert!(wait!(session.set_acl("Nowhere", "bob", AclChange::Add, Rights::new("l")?)).is_err());
                seen.push("acl".into());
            }
            if session.capabilities().has(Capability::Quota) {
                let (roots, quotas) = wait!(session.get_quota_root("INBOX"))?;
                assert_eq!(roots.roots.len(), quotas.len());
                let root = roots.roots[0].to_string();
                assert!(quotas[0].resources.iter().any(|resource| resource.name == "STORAGE" && resource.limit == 2 << 20), "{quotas:?}");
                assert_eq!(wait!(session.get_quota(&root))?.unwrap().root, quotas[0].root);
                // A user may not raise the own quota.
                assert!(wait!(session.set_quota(&root, &[("STORAGE", 1)])).unwrap_err().is_no());
                seen.push("quota".into());
            }
            assert!(wait!(session.proxy_auth("bob")).is_err());
            wait!(session.noop())?;
            Ok(seen)
        }

        $($async)? fn raw_commands(login: &Login) -> Seen {
            let mut seen: Vec<String> = Vec::new();
            let mut session = wait!(with_messages(login, 1))?;
            let reply = wait!(session.run(command::Raw::new("STATUS INBOX (MESSAGES)")))?;
            assert!(matches!(&reply.value[..], [response::Untagged::MailboxStatus(status)] if status.messages == Some(1)));
            let error = wait!(session.run(command::Raw::new("XNOSUCHCOMMAND"))).unwrap_err();
            assert!(error.is_bad() || error.is_no());
            for text in ["NOOP\r\nA1 LOGOUT", "", "APPEND INBOX {5}", "a\0b"] {
                assert!(wait!(session.run(command::Raw::new(text))).unwrap_err().is_bad_argument());
            }
            wait!(session.noop())?;
            let _ = Messages::from(UidSet::all());
            seen.push("done".into());
            Ok(seen)
        }

        table! { connection login_by_each_mechanism login_with_a_wrong_password mailboxes append select search fetch stream flags copy_move_expunge idle pipelining sort_and_thread acl_and_quota raw_commands }
    };
}

pub mod blocking {
    use imaplib::blocking::{Client, Session};
    macro_rules! wait { ($($call:tt)*) => { $($call)* }; }
    macro_rules! table {
        ($($name:ident)*) => { pub const CASES: &[(&str, fn(&Login) -> Seen)] = &[$((stringify!($name), $name)),*]; };
    }
    all_cases!();
}

pub mod asynchronous {
    use imaplib::tokio::{Client, Session};
    macro_rules! wait { ($($call:tt)*) => { $($call)*.await }; }
    macro_rules! table {
        ($($name:ident)*) => {
            pub const CASES: &[(&str, fn(&tokio::runtime::Runtime, &Login) -> Seen)] =
                &[$((stringify!($name), |runtime, login| runtime.block_on($name(login)))),*];
        };
    }
    all_cases!(async);
}
