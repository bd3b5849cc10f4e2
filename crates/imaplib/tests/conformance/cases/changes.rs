//! Changing messages: flags, copies, moves, expunging.

macro_rules! change_cases {
    ($($async:ident)?) => {
        $($async)? fn store(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 4))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let two = uids("2:3");
            assert_eq!(flags_of(&wait!(inbox.store(&two, FlagChange::add([Flag::Seen, Flag::Flagged])))?.rows), ["2 \\Flagged \\Seen", "3 \\Flagged \\Seen"]);
            assert_eq!(flags_of(&wait!(inbox.store(&two, FlagChange::remove(Flag::Seen)))?.rows), ["2 \\Flagged", "3 \\Flagged"]);
            assert_eq!(flags_of(&wait!(inbox.store(login.by_number("3"), FlagChange::replace(Flag::Draft)))?.rows), ["3 \\Draft"]);
            assert!(wait!(inbox.store(&two, FlagChange::add(Flag::Answered).silent()))?.rows.is_empty());
            assert!(wait!(inbox.store(&two, FlagChange::add(Flag::Recent))).unwrap_err().is_bad_argument());
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::Flags))?;
            assert_eq!(flags_of(&rows), ["1 ", "2 \\Answered \\Flagged", "3 \\Answered \\Draft", "4 "]);
            assert_eq!(flags_of(&wait!(inbox.store(&two, FlagChange::replace(Flags::new())))?.rows), ["2 ", "3 "]);
            Ok(Vec::new())
        }

        /// Goes on only if INBOX takes new keywords.
        $($async)? fn need_keywords(session: &mut Session) -> Result<(), super::AnyError> {
            let inbox = wait!(session.select("INBOX"))?;
            let takes = inbox.state().and_then(|view| view.permanent_flags.as_ref()).is_some_and(|flags| flags.contains(&Flag::Wildcard));
            if takes { Ok(()) } else { Err(Box::new(Missing("new keywords"))) }
        }

        $($async)? fn store_keywords(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            wait!(need_keywords(&mut session))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let keyword = Flag::keyword("$Work")?;
            assert_eq!(flags_of(&wait!(inbox.store(uids("2"), FlagChange::add(keyword.clone())))?.rows), ["2 $Work"]);
            assert_eq!(wait!(inbox.search(Search::new().keyword(keyword.clone())))?.to_string(), "2");
            assert_eq!(flags_of(&wait!(inbox.store(uids("2"), FlagChange::remove(keyword)))?.rows), ["2 "]);
            Ok(Vec::new())
        }

        $($async)? fn copy(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 3))?;
            let target = wait!(beside(&mut session, "Target"))?;
            let nowhere = wait!(beside(&mut session, "Nowhere"))?;
            wait!(session.create(&target))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.store(uids("2"), FlagChange::add(Flag::Flagged).silent()))?;
            wait!(inbox.copy(uids("1:2"), &target))?;
            wait!(inbox.copy(login.by_number("3"), &target))?;
            let error = wait!(inbox.copy(uids("1"), &nowhere)).unwrap_err();
            assert!(matches!(error.code(), Some(ResponseCode::TryCreate)), "{error}");
            assert_eq!(inbox.exists(), 3);
            let mut target = wait!(session.select(&target))?;
            let rows = wait!(target.fetch_all(UidSet::all(), [FetchItem::Flags, FetchItem::Size, FetchItem::InternalDate]))?;
            assert_eq!(flags_of(&rows), ["1 ", "2 \\Flagged", "3 "]);
            assert!(rows.iter().all(|row| row.size == Some(stored.len() as u64)));
            Ok(Vec::new())
        }

        $($async)? fn copy_date(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            let target = wait!(beside(&mut session, "Target"))?;
            wait!(session.create(&target))?;
            wait!(wait!(session.select("INBOX"))?.copy(uids("1"), &target))?;
            let rows = wait!(wait!(session.select(&target))?.fetch_all(UidSet::all(), FetchItem::InternalDate))?;
            assert_eq!(rows[0].internal_date.unwrap().unix_timestamp(), 1_700_000_000);
            Ok(Vec::new())
        }

        $($async)? fn copy_uid(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            need(session.capabilities(), &[Capability::UidPlus])?;
            let target = wait!(beside(&mut session, "Target"))?;
            wait!(session.create(&target))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let copied = wait!(inbox.copy(uids("1,3"), &target))?.into_value().expect("a COPYUID");
            let target = wait!(session.select(&target))?;
            assert_eq!(Some(copied.uid_validity), target.uid_validity());
            Ok(copied.pairs().map(|(from, to)| format!("{from} {to}")).collect())
        }

        $($async)? fn move_messages(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 6))?;
            let target = wait!(beside(&mut session, "Target"))?;
            wait!(session.create(&target))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            assert!(wait!(inbox.move_messages(uids("3"), &target))?.stayed.is_empty());
            assert_eq!(inbox.exists(), 5);
            wait!(inbox.move_messages(login.by_number("1:2"), &target))?;
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "4:6");
            assert_eq!(inbox.exists(), 3);
            assert!(wait!(inbox.move_messages(uids("4"), "Nowhere")).is_err());
            assert_eq!(inbox.exists(), 3);
            let mut target = wait!(session.select(&target))?;
            let rows = wait!(target.fetch_all(UidSet::all(), FetchItem::Flags))?;
            assert_eq!(flags_of(&rows), ["1 ", "2 ", "3 "]);
            Ok(Vec::new())
        }

        $($async)? fn expunge(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 6))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.store(uids("2,4:5"), FlagChange::add(Flag::Deleted).silent()))?;
            assert_eq!(wait!(inbox.expunge())?, 3);
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "1,3,6");
            assert_eq!((inbox.exists(), wait!(inbox.expunge())?), (3, 0));
            wait!(inbox.store(uids("6"), FlagChange::add(Flag::Deleted).silent()))?;
            wait!(inbox.close_and_expunge())?;
            let status = wait!(session.status("INBOX", &[StatusItem::Messages]))?;
            assert_eq!(status.messages, Some(2));
            Ok(Vec::new())
        }

        $($async)? fn uid_expunge(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 5))?;
            need(session.capabilities(), &[Capability::UidPlus])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.store(uids("2,4:5"), FlagChange::add(Flag::Deleted).silent()))?;
            assert_eq!(wait!(inbox.expunge_uids(&uids("1:4")))?, 2);
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "1,3,5");
            assert_eq!(inbox.exists(), 3);
            Ok(Vec::new())
        }

        $($async)? fn second_client(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 8))?;
            let mut other = wait!(log_in(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            {
                let mut theirs = wait!(other.select("INBOX"))?;
                wait!(theirs.store(uids("2"), FlagChange::add(Flag::Flagged)))?;
                wait!(theirs.store(uids("1,3"), FlagChange::add(Flag::Deleted).silent()))?;
                wait!(theirs.expunge())?;
            }
            wait!(other.append("INBOX", AppendMessage::from(MESSAGE)))?;
            // By UID, whatever became of the numbers.
            let rows = wait!(inbox.store(uids("4"), FlagChange::add(Flag::Answered)))?.rows;
            assert!(!rows.is_empty() && rows.iter().filter_map(|row| row.uid).all(|uid| [2, 4].contains(&uid.get())), "{rows:?}");
            wait!(inbox.session().noop())?;
            assert_eq!(inbox.exists(), 7);
            assert_eq!(wait!(inbox.search(Search::answered()))?.to_string(), "4");
            assert_eq!(wait!(inbox.search(Search::flagged()))?.to_string(), "2");
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "2,4:9");
            // Rows of messages that go away under the command are missing or empty, and nothing else suffers.
            wait!(other.select("INBOX"))?;
            let mut theirs = wait!(other.select("INBOX"))?;
            wait!(theirs.store(uids("5"), FlagChange::add(Flag::Deleted).silent()))?;
            wait!(theirs.expunge())?;
            let rows = wait!(inbox.fetch_all(uids("4:6"), [FetchItem::Size, FetchItem::message()]));
            // Some servers say NO after the rows that are left.
            if let Ok(rows) = &rows {
                for row in rows.iter().filter(|row| !row.sections.is_empty() && row.uid.is_some_and(|uid| uid.get() != 5)) {
                    assert_eq!(row.sections[0].data.as_bytes().map(|bytes| bytes.len()), Some(stored.len()));
                }
            }
            wait!(inbox.session().noop())?;
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "2,4,6:9");
            assert_eq!(inbox.exists(), 6);
            Ok(Vec::new())
        }
    };
}
