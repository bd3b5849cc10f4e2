//! SEARCH, SORT, THREAD.

macro_rules! search_cases {
    ($($async:ident)?) => {
        /// Five messages of [`MESSAGE`] and a sixth that differs.
        $($async)? fn to_search(login: &Login) -> imaplib::Result<Session> {
            let mut session = wait!(with_messages(login, 5))?;
            let other = "Subject: other\r\nFrom: x@example.org\r\nCc: c@example.org\r\nBcc: d@example.org\r\n\
                         Date: Tue, 17 Nov 2026 23:59:59 -0800\r\n\r\nGreen body\r\n";
            let flags = [Flag::Seen, Flag::Flagged, Flag::Answered, Flag::Draft, Flag::Deleted];
            wait!(session.append("INBOX", AppendMessage::from(other)))?;
            // Not by APPEND: there are servers that forget them.
            wait!(wait!(session.select("INBOX"))?.store(uids("6"), FlagChange::add(flags).silent()))?;
            Ok(session)
        }

        $($async)? fn search(login: &Login) -> Seen {
            let mut seen = Vec::new();
            let mut session = wait!(to_search(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            for (search, expected) in [
                (Search::all(), "1:6"),
                (Search::seen(), "6"),
                (Search::unseen(), "1:5"),
                (Search::flagged(), "6"),
                (Search::unflagged(), "1:5"),
                (Search::answered(), "6"),
                (Search::unanswered(), "1:5"),
                (Search::draft(), "6"),
                (Search::undraft(), "1:5"),
                (Search::deleted(), "6"),
                (Search::undeleted(), "1:5"),
                (Search::unseen().from("ann"), "1:5"),
                (Search::new().to("bob@example.com"), "1:5"),
                (Search::new().cc("c@example.org"), "6"),
                (Search::new().bcc("d@example"), "6"),
                (Search::new().subject("other"), "6"),
                (Search::new().body("green"), "6"),
                (Search::new().text("ann example"), "1:5"),
                (Search::new().header("Message-ID", "<1@example.org>"), "1:5"),
                (Search::new().header("Cc", ""), "6"),
                (!Search::new().larger(300), "6"),
                (Search::new().smaller(300), "6"),
                (Search::seen().or(Search::new().uids(uids("2"))), "2,6"),
                (Search::new().and_not(Search::new().uids(uids("2:3"))), "1,4:6"),
                ("OR (UID 1 UNSEEN) SUBJECT other".parse()?, "1,6"),
            ] {
                let found = wait!(inbox.search(search.clone()))?;
                assert_eq!(found.to_string(), expected, "{search:?}");
                if !login.uid_only {
                    let numbers = wait!(inbox.search_seq(search))?;
                    assert_eq!(numbers.to_string(), expected);
                }
                seen.push(found.to_string());
            }
            if !login.uid_only {
                let found = wait!(inbox.search(Search::new().sequence_numbers("2:4".parse()?)))?;
                assert_eq!(found.to_string(), "2:4");
            }
            // What these give depends on who looked before.
            for search in [Search::recent(), Search::old(), Search::recent_unseen()] {
                wait!(inbox.search(search))?;
            }
            Ok(seen)
        }

        $($async)? fn search_keywords(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let keyword = Flag::keyword("$None")?;
            assert_eq!(wait!(inbox.search(Search::new().unkeyword(keyword.clone())))?.to_string(), "1:6");
            assert_eq!(wait!(inbox.search(Search::new().keyword(keyword)))?.to_string(), "");
            Ok(Vec::new())
        }

        $($async)? fn search_dates(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let third = Date::new(2023, 11, 16)?;
            for (search, expected) in [
                (Search::new().before(third), "1:2"),
                (Search::new().on(third), "3"),
                (Search::new().since(third), "3:6"),
            ] {
                assert_eq!(wait!(inbox.search(search.clone()))?.to_string(), expected, "{search:?}");
            }
            Ok(Vec::new())
        }

        $($async)? fn search_sent(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            for (search, expected) in [
                (Search::new().sent_before(Date::new(2026, 11, 17)?), "1:5"),
                (Search::new().sent_on(Date::new(2026, 11, 17)?), "6"),
                (Search::new().sent_since(Date::new(2026, 11, 17)?), "6"),
            ] {
                assert_eq!(wait!(inbox.search(search.clone()))?.to_string(), expected, "{search:?}");
            }
            Ok(Vec::new())
        }

        $($async)? fn search_charset(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            let text = "Subject: other\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrün 日本語\r\n";
            wait!(session.append("INBOX", AppendMessage::from(text)))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            assert_eq!(wait!(inbox.search(Search::new().subject("Grüße")))?.to_string(), "1:2");
            assert_eq!(wait!(inbox.search(Search::new().body("日本語")))?.to_string(), "3");
            assert_eq!(wait!(inbox.search(Search::new().subject("nirgendwö")))?.to_string(), "");
            Ok(Vec::new())
        }

        $($async)? fn search_texts(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            wait!(session.append("INBOX", AppendMessage::from("Subject: say \"x\\y\" {3}\r\n\r\n\r\n")))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            for (text, expected) in [("\"x\\y\"", "3"), ("{3}", "3"), ("{5}", "1:2"), ("x\"y\\z", ""), (")", ""), ("*", "")] {
                assert_eq!(wait!(inbox.search(Search::new().subject(text)))?.to_string(), expected, "{text}");
            }
            assert!(wait!(inbox.search(Search::new().text("a\0b"))).unwrap_err().is_bad_argument());
            Ok(Vec::new())
        }

        $($async)? fn search_within(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            need(session.capabilities(), &[Capability::Within])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            assert_eq!(wait!(inbox.search(Search::new().younger(3600)))?.to_string(), "6");
            assert_eq!(wait!(inbox.search(Search::new().older(3600)))?.to_string(), "1:5");
            Ok(Vec::new())
        }

        $($async)? fn search_mod_seq(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            need(session.capabilities(), &[Capability::CondStore])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let before = wait!(inbox.session().status("INBOX", &[StatusItem::HighestModSeq]))?.highest_mod_seq.unwrap();
            wait!(inbox.store(uids("2"), FlagChange::add(Flag::Flagged).silent()))?;
            assert_eq!(wait!(inbox.search(Search::new().changed_since(before + 1)))?.to_string(), "2");
            Ok(Vec::new())
        }

        $($async)? fn search_return(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let wanted = [SearchReturn::Min, SearchReturn::Max, SearchReturn::Count];
            let result = wait!(inbox.search_return(Search::unseen(), &wanted))?;
            assert_eq!((result.min, result.max, result.count, result.all), (Some(1), Some(5), Some(5), None));
            let nothing = wait!(inbox.search_return(Search::new().subject("nothing"), &wanted))?;
            assert_eq!((nothing.min, nothing.count), (None, Some(0)));
            let all = wait!(inbox.search_return(Search::unseen(), &[SearchReturn::All]))?;
            assert_eq!(all.all.unwrap(), [(1, 5)]);
            Ok(Vec::new())
        }

        $($async)? fn search_save(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.search_return(Search::seen(), &[SearchReturn::Save]))?;
            let rows = wait!(inbox.fetch_all(MessageSet::SavedSearch, FetchItem::Size))?;
            assert_eq!(rows.iter().map(|row| row.uid.unwrap().get()).collect::<Vec<_>>(), [6]);
            Ok(Vec::new())
        }

        /// Four messages to sort and thread.
        $($async)? fn to_sort(login: &Login) -> imaplib::Result<Session> {
            let mut session = wait!(log_in(login))?;
            for (id, subject, references) in [(1, "c", ""), (2, "a", "<1@x>"), (3, "b", "<1@x> <2@x>"), (4, "d", "")] {
                let date = format!("Mon, {:02} Nov 2026 10:00:00 +0000", 20 - id);
                let text = format!("Message-ID: <{id}@x>\r\nReferences: {references}\r\nDate: {date}\r\nFrom: {subject}@example.org\r\nTo: t@example.org\r\nSubject: {subject}\r\n\r\n{}\r\n", "x".repeat(100 - id));
                let arrived = DateTime::from_unix(1_700_000_000 + id as i64 * 86_400)?;
                wait!(session.append("INBOX", AppendMessage::from(text.as_str()).date(arrived)))?;
            }
            Ok(session)
        }

        $($async)? fn sort(login: &Login) -> Seen {
            let mut session = wait!(to_sort(login))?;
            need(session.capabilities(), &[Capability::Sort])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            for (keys, expected) in [
                (vec![SortBy::from(SortKey::Subject)], [2, 3, 1, 4]),
                (vec![SortBy::reverse(SortKey::Subject)], [4, 1, 3, 2]),
                (vec![SortBy::from(SortKey::Arrival)], [1, 2, 3, 4]),
                (vec![SortBy::from(SortKey::Date)], [4, 3, 2, 1]),
                (vec![SortBy::from(SortKey::From)], [2, 3, 1, 4]),
                (vec![SortBy::from(SortKey::To), SortBy::reverse(SortKey::Arrival)], [4, 3, 2, 1]),
                (vec![SortBy::from(SortKey::Size), SortBy::from(SortKey::Cc)], [4, 1, 2, 3]),
            ] {
                let sorted = wait!(inbox.sort(keys.clone(), Search::all()))?;
                assert_eq!(sorted.iter().map(|uid| uid.get()).collect::<Vec<_>>(), expected, "{keys:?}");
            }
            let some = wait!(inbox.sort([SortBy::reverse(SortKey::Subject)], Search::new().uids(uids("1:3"))))?;
            assert_eq!(some.iter().map(|uid| uid.get()).collect::<Vec<_>>(), [1, 3, 2]);
            assert!(wait!(inbox.sort([SortKey::Date], Search::new().subject("ü")))?.is_empty());
            Ok(Vec::new())
        }

        $($async)? fn thread_references(login: &Login) -> Seen {
            let mut session = wait!(to_sort(login))?;
            need(session.capabilities(), &[Capability::ThreadReferences])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let threads = wait!(inbox.thread(ThreadAlgorithm::References, Search::all()))?;
            let shown: Vec<_> = threads.iter().map(|node| (node.depth, node.number.unwrap())).collect();
            assert!(shown == [(0, 1), (1, 2), (2, 3), (0, 4)] || shown == [(0, 4), (0, 1), (1, 2), (2, 3)], "{shown:?}");
            assert!(wait!(inbox.thread(ThreadAlgorithm::References, Search::new().subject("nothing")))?.iter().next().is_none());
            Ok(Vec::new())
        }

        $($async)? fn thread_subject(login: &Login) -> Seen {
            let mut session = wait!(to_sort(login))?;
            need(session.capabilities(), &[Capability::ThreadOrderedSubject])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let threads = wait!(inbox.thread(ThreadAlgorithm::OrderedSubject, Search::all()))?;
            let mut numbers: Vec<_> = threads.iter().map(|node| node.number.unwrap()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, [1, 2, 3, 4]);
            if login.uid_only {
                return Ok(Vec::new());
            }
            let numbers = wait!(inbox.session().run(command::SeqThread::new(ThreadAlgorithm::OrderedSubject, Search::all())))?;
            Ok(vec![format!("{:?}", numbers.value)])
        }
    };
}
