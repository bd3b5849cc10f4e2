//! Searches of extensions: parts of results, several mailboxes, fuzzy ones, and by what other extensions know.

macro_rules! extended_search_cases {
    ($($async:ident)?) => {
        $($async)? fn search_partial(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 9))?;
            let from_end = session.capabilities().has(Capability::Partial);
            need(session.capabilities(), &[Capability::Partial, Capability::ContextSearch])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let page = |first, last| [SearchReturn::Partial(ResultRange::new(first, last)), SearchReturn::Count];
            let found = wait!(inbox.search_return(Search::all(), &page(3, 5)))?;
            assert_eq!(found.in_order().collect::<Vec<_>>(), [3, 4, 5]);
            assert_eq!(found.count, Some(9));
            let beyond = wait!(inbox.search_return(Search::all(), &page(20, 30)))?;
            assert_eq!(beyond.in_order().count(), 0, "{beyond:?}");
            let newest = [SearchReturn::Partial(ResultRange::from_end(1, 2))];
            match wait!(inbox.search_return(Search::all(), &newest)) {
                Ok(newest) => assert!(from_end && newest.in_order().collect::<Vec<_>>() == [8, 9], "{newest:?}"),
                Err(error) => assert!(!from_end && error.is_unsupported(), "{error}"),
            }
            Ok(Vec::new())
        }

        /// A message that is read leaves the unread ones, a new one comes to them, and the last one is removed.
        $($async)? fn live_search(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            need(session.capabilities(), &[Capability::ContextSearch])?;
            let mut other = wait!(log_in(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let mut unread = wait!(inbox.live_search(Search::unseen()))?;
            assert_eq!(unread.messages(), uids("1:3"));
            wait!(inbox.store(uids("2"), FlagChange::add(Flag::Seen).silent()))?;
            wait!(other.append("INBOX", AppendMessage::from(MESSAGE)))?;
            let mut idle = inbox.idle();
            for expected in ["1,3:4", "1,4"] {
                while unread.messages().to_string() != expected {
                    let event = wait!(idle.next(Some(Duration::from_secs(10))))?.ok_or_else(|| format!("{unread:?}"))?;
                    unread.follow(&event);
                }
                if expected == "1,3:4" {
                    let mut second = wait!(other.select("INBOX"))?;
                    wait!(second.store(uids("3"), FlagChange::add(Flag::Deleted).silent()))?;
                    wait!(second.expunge())?;
                }
            }
            wait!(idle.done())?;
            assert!(unread.is_current());
            wait!(inbox.cancel_updates(unread.clone()))?;
            wait!(inbox.store(uids("1"), FlagChange::add(Flag::Seen).silent()))?;
            wait!(inbox.noop())?;
            while let Some(event) = inbox.session().next_event() {
                assert!(!unread.follow(&event), "{event:?}");
            }
            Ok(Vec::new())
        }

        $($async)? fn live_sort(login: &Login) -> Seen {
            let mut session = wait!(to_sort(login))?;
            need(session.capabilities(), &[Capability::ContextSort])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let mut sorted = wait!(inbox.live_sort([SortKey::Subject], Search::all()))?;
            assert_eq!(sorted.in_order().map(Uid::get).collect::<Vec<_>>(), [2, 3, 1, 4]);
            wait!(inbox.session().append("INBOX", AppendMessage::from("Subject: aaa\r\n\r\nx\r\n")))?;
            wait!(inbox.store(uids("3"), FlagChange::add(Flag::Deleted).silent()))?;
            wait!(inbox.expunge())?;
            while let Some(event) = inbox.session().next_event() {
                sorted.follow(&event);
            }
            assert_eq!(sorted.in_order().map(Uid::get).collect::<Vec<_>>(), [2, 5, 1, 4]);
            Ok(Vec::new())
        }

        $($async)? fn fetch_page(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 9))?;
            need(session.capabilities(), &[Capability::Partial])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            for (places, expected) in [
                (ResultRange::from_end(1, 2), vec![8, 9]),
                (ResultRange::new(2, 3), vec![2, 3]),
                (ResultRange::new(20, 30), vec![]),
            ] {
                let rows = wait!(inbox.fetch_page(UidSet::all(), places, FetchItem::Size))?;
                let mut found: Vec<u32> = rows.iter().map(|row| row.uid.unwrap().get()).collect();
                found.sort_unstable();
                assert_eq!(found, expected, "{places:?}");
            }
            Ok(Vec::new())
        }

        $($async)? fn sort_return(login: &Login) -> Seen {
            let mut session = wait!(to_sort(login))?;
            need(session.capabilities(), &[Capability::ESort])?;
            let pages = session.capabilities().has(Capability::ContextSort);
            let mut inbox = wait!(session.select("INBOX"))?;
            let wanted = [SearchReturn::Min, SearchReturn::Max, SearchReturn::Count, SearchReturn::All];
            let found = wait!(inbox.sort_return([SortKey::Subject], Search::all(), &wanted))?;
            assert_eq!(found.in_order().collect::<Vec<_>>(), [2, 3, 1, 4]);
            assert_eq!(found.count, Some(4));
            let page = [SearchReturn::Partial(ResultRange::new(2, 3))];
            match wait!(inbox.sort_return([SortKey::Subject], Search::all(), &page)) {
                Ok(page) => assert!(pages && page.in_order().collect::<Vec<_>>() == [3, 1], "{page:?}"),
                Err(error) => assert!(!pages && error.is_unsupported(), "{error}"),
            }
            Ok(vec![format!("{:?} {:?}", found.min, found.max)])
        }

        $($async)? fn sort_display(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::SortDisplay])?;
            for name in ["Zoe <a", "Ann <z", "Mia <m"] {
                let text = format!("From: {name}@example.org>\r\nSubject: x\r\n\r\n");
                wait!(session.append("INBOX", AppendMessage::from(text.as_str())))?;
            }
            let mut inbox = wait!(session.select("INBOX"))?;
            let sorted = wait!(inbox.sort([SortKey::DisplayFrom], Search::all()))?;
            assert_eq!(sorted.iter().map(|uid| uid.get()).collect::<Vec<_>>(), [2, 3, 1]);
            Ok(Vec::new())
        }

        $($async)? fn thread_refs(login: &Login) -> Seen {
            let mut session = wait!(to_sort(login))?;
            need(session.capabilities(), &[Capability::ThreadRefs])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let threads = wait!(inbox.thread(ThreadAlgorithm::Refs, Search::all()))?;
            let mut shown: Vec<_> = threads.iter().map(|node| (node.number.unwrap(), node.depth)).collect();
            shown.sort_unstable();
            assert_eq!(shown, [(1, 0), (2, 1), (3, 2), (4, 0)]);
            Ok(Vec::new())
        }

        $($async)? fn multi_search(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            need(session.capabilities(), &[Capability::MultiSearch])?;
            let name = wait!(beside(&mut session, "Other"))?;
            wait!(session.create(&name))?;
            wait!(session.append(&name, AppendMessage::from(MESSAGE)))?;
            let both = [SearchedMailboxes::Mailboxes(vec![MailboxName::inbox(), name.clone()])];
            let wanted = [SearchReturn::All, SearchReturn::Count];
            let found = wait!(session.search_mailboxes(both, Search::new().from("ann"), &wanted))?;
            let mut counts: Vec<(bool, Option<u64>)> = found
                .iter()
                .map(|result| (result.mailbox.as_ref().is_some_and(MailboxName::is_inbox), result.count))
                .collect();
            counts.sort_unstable();
            assert_eq!(counts, [(false, Some(1)), (true, Some(3))], "{found:?}");
            assert!(found.iter().all(|result| result.uid && result.uid_validity.is_some()));
            let nothing = [SearchedMailboxes::Personal];
            assert!(wait!(session.search_mailboxes(nothing, Search::new().subject("nothing"), &[SearchReturn::All]))?.is_empty());
            Ok(Vec::new())
        }

        $($async)? fn search_fuzzy(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            need(session.capabilities(), &[Capability::SearchFuzzy])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let fuzzy = Search::new().fuzzy(Search::new().subject("other")).and_seen();
            assert_eq!(wait!(inbox.search(fuzzy))?.to_string(), "6");
            Ok(Vec::new())
        }

        $($async)? fn search_save_dates(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            need(session.capabilities(), &[Capability::SaveDate])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let long_ago = Date::new(2001, 1, 1)?;
            assert_eq!(wait!(inbox.search(Search::new().saved_since(long_ago)))?.to_string(), "1:6");
            assert_eq!(wait!(inbox.search(Search::new().saved_before(long_ago)))?.to_string(), "");
            assert_eq!(wait!(inbox.search(Search::new().saved_on(long_ago)))?.to_string(), "");
            let supported = wait!(inbox.search(Search::save_date_supported()))?.to_string();
            Ok(vec![supported])
        }

        $($async)? fn search_object_ids(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            need(session.capabilities(), &[Capability::ObjectId])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(uids("6"), [FetchItem::EmailId, FetchItem::ThreadId]))?;
            let Some(id) = rows[0].email_id().map(|id| id.to_string()) else {
                return Err(Box::new(Missing("EMAILID of each message")));
            };
            assert_eq!(wait!(inbox.search(Search::new().email_id(id)))?.to_string(), "6");
            assert_eq!(wait!(inbox.search(Search::new().email_id("M0000nothing")))?.to_string(), "");
            if let Some(id) = rows[0].thread_id() {
                assert!(wait!(inbox.search(Search::new().thread_id(id.to_string())))?.contains(Uid::new(6).unwrap()));
            }
            Ok(Vec::new())
        }

        $($async)? fn search_flag_mod_seq(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            need(session.capabilities(), &[Capability::CondStore])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let before = wait!(inbox.session().status("INBOX", &[StatusItem::HighestModSeq]))?.highest_mod_seq.unwrap();
            wait!(inbox.store(uids("2"), FlagChange::add(Flag::Flagged).silent()))?;
            let changed = Search::new().flag_changed_since(Flag::Flagged, command::FlagScope::All, before + 1);
            assert_eq!(wait!(inbox.search(changed))?.to_string(), "2");
            Ok(Vec::new())
        }

        $($async)? fn search_saved(login: &Login) -> Seen {
            let mut session = wait!(to_search(login))?;
            need(session.capabilities(), &[Capability::SearchRes])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.search_return(Search::unseen(), &[SearchReturn::Save]))?;
            let found = wait!(inbox.search(Search::saved().and_not(Search::new().uids(uids("2:4")))))?;
            assert_eq!(found.to_string(), "1,5");
            Ok(Vec::new())
        }

        $($async)? fn search_own_key(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            // Keys of the base protocol, as if the library did not know them.
            assert_eq!(wait!(inbox.search(Search::new().key("FROM", "ann")))?.to_string(), "1:3");
            assert_eq!(wait!(inbox.search(Search::new().key("UID", uids("2"))))?.to_string(), "2");
            assert_eq!(wait!(inbox.search(Search::new().key("LARGER", 1_000_000u32)))?.to_string(), "");
            assert_eq!(wait!(inbox.search(Search::new().key("ALL", ())))?.to_string(), "1:3");
            Ok(Vec::new())
        }

        $($async)? fn uid_batches(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 7))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.store(uids("3"), FlagChange::add(Flag::Deleted).silent()))?;
            wait!(inbox.expunge())?;
            let batches = wait!(inbox.uid_batches(500))?;
            assert!(batches.len() == 1 && batches[0].1.get() >= 7 && batches[0].0 == Uid::MIN, "{batches:?}");
            Ok(Vec::new())
        }
    };
}
