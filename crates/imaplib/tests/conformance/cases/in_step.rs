//! What changed since a mailbox was seen last, and changes that are reported by themselves.

macro_rules! in_step_cases {
    ($($async:ident)?) => {
        /// Another client changes the flags of the message 2, removes the messages 3 and 6, which is the last one, and appends one.
        $($async)? fn changed_by_another(login: &Login) -> Result<(), super::AnyError> {
            let mut other = wait!(log_in(login))?;
            let mut inbox = wait!(other.select("INBOX"))?;
            wait!(inbox.store(uids("2"), FlagChange::add(Flag::Flagged).silent()))?;
            wait!(inbox.store(uids("3,6"), FlagChange::add(Flag::Deleted).silent()))?;
            wait!(inbox.expunge())?;
            wait!(other.append("INBOX", AppendMessage::from(MESSAGE)))?;
            wait!(other.logout())?;
            Ok(())
        }

        /// UIDVALIDITY and the highest modification sequence of INBOX.
        $($async)? fn place(session: &mut Session) -> Result<(u64, u64), super::AnyError> {
            let (inbox, _) = wait!(session.select_with("INBOX", SelectOptions::new().condstore()))?;
            Ok((inbox.uid_validity().unwrap(), inbox.highest_mod_seq().unwrap()))
        }

        $($async)? fn resync(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 6))?;
            need(session.capabilities(), &[Capability::QResync])?;
            let (validity, mod_seq) = wait!(place(&mut session))?;
            wait!(session.logout())?;
            wait!(changed_by_another(login))?;
            let mut session = wait!(log_in(login))?;
            let known = command::Resync::new(validity, mod_seq);
            for (known, expected) in [(known.clone(), vec![2, 7]), (known.known_uids(uids("1:6")), vec![2])] {
                let (inbox, selected) = wait!(session.select_with("INBOX", SelectOptions::new().resync(known)))?;
                let vanished = selected.vanished.intersection(&uids("1:7"));
                assert_eq!((selected.resynced, vanished, inbox.exists()), (true, uids("3,6"), 5));
                let changed: Vec<u32> = selected.changed.iter().filter_map(|row| row.uid).map(Uid::get).collect();
                assert_eq!(changed, expected);
            }
            // Another UIDVALIDITY: nothing that was known holds.
            let known = command::Resync::new(validity + 1, mod_seq).known_uids(uids("1:6"));
            let (_, selected) = wait!(session.select_with("INBOX", SelectOptions::new().resync(known)))?;
            assert!(!selected.resynced && selected.vanished.is_empty());
            Ok(Vec::new())
        }

        $($async)? fn fetch_vanished(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 6))?;
            need(session.capabilities(), &[Capability::QResync])?;
            wait!(session.enable(&["QRESYNC"]))?;
            let (_, mod_seq) = wait!(place(&mut session))?;
            wait!(changed_by_another(login))?;
            let (mut inbox, _) = wait!(session.select_with("INBOX", SelectOptions::new().condstore()))?;
            // Not `*`: Cyrus reports nothing beyond the last message that there is.
            let all = UidSet::range(Uid::MIN, Uid::MAX);
            let mut rows = inbox.fetch_changed_since(all, FetchItem::Flags, mod_seq)?;
            let mut changed = Vec::new();
            while let Some(row) = wait!(rows.next())? {
                changed.push(row.uid().unwrap().get());
            }
            assert_eq!((changed, rows.vanished()), (vec![2, 7], &uids("3,6")));
            Ok(Vec::new())
        }

        $($async)? fn store_unchanged(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            need(session.capabilities(), &[Capability::CondStore])?;
            let (_, mod_seq) = wait!(place(&mut session))?;
            let mut other = wait!(log_in(login))?;
            wait!(wait!(other.select("INBOX"))?.store(uids("2"), FlagChange::add(Flag::Flagged).silent()))?;
            let mut inbox = session.mailbox()?;
            let outcome = wait!(inbox.store_unchanged_since(uids("1:3"), FlagChange::add(Flag::Answered), mod_seq))?;
            assert_eq!(outcome.modified, MessageSet::Uids(uids("2")));
            assert_eq!(wait!(inbox.search(Search::answered()))?, uids("1,3"));
            Ok(Vec::new())
        }

        $($async)? fn changes(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 6))?;
            let options = || SelectOptions::new().for_changes();
            let first = {
                let (mut inbox, _) = wait!(session.select_with("INBOX", options()))?;
                wait!(inbox.changes(&KnownMailbox::new()))?
            };
            let Synced::Changed(first) = first else { panic!("{first:?}") };
            assert_eq!(first.new.uids(), &uids("1:6"));
            wait!(session.logout())?;
            wait!(changed_by_another(login))?;
            let mut session = wait!(log_in(login))?;
            let (mut inbox, _) = wait!(session.select_with("INBOX", options()))?;
            let known = KnownMailbox::from_bytes(&first.known.to_bytes())?;
            let next = wait!(inbox.changes(&known))?;
            let Synced::Changed(next) = next else { panic!("{next:?}") };
            assert_eq!((next.new.uids(), &next.vanished, next.flags.uids()), (&uids("7"), &uids("3,6"), &uids("2")));
            assert!(next.flags.get(Uid::new(2).unwrap()).unwrap().contains(&Flag::Flagged));
            assert!(wait!(inbox.changes(&next.known))?.is_unchanged());
            Ok(vec![format!("{:?}", next.way)])
        }

        $($async)? fn renamed(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let (before, after) = (wait!(beside(&mut session, "Before"))?, wait!(beside(&mut session, "After"))?);
            wait!(session.create(&before))?;
            wait!(session.append(&before, AppendMessage::from(MESSAGE)))?;
            let known = {
                let (mut mailbox, _) = wait!(session.select_with(&before, SelectOptions::new().for_changes()))?;
                wait!(mailbox.changes(&KnownMailbox::new()))?.known().clone()
            };
            wait!(session.logout())?;
            let mut session = wait!(log_in(login))?;
            wait!(session.rename(&before, &after))?;
            let status = wait!(session.status(&after, &[StatusItem::UidValidity]))?;
            if status.uid_validity != known.uid_validity() {
                return Err(Box::new(Missing("a UIDVALIDITY that outlasts a rename")));
            }
            let name = wait!(session.find_renamed(&known))?.ok_or("it is not found")?;
            assert_eq!(name.to_text(), after.to_text());
            let (mut mailbox, _) = wait!(session.select_with(&after, SelectOptions::new().for_changes()))?;
            assert!(wait!(mailbox.changes(&known))?.is_unchanged());
            Ok(Vec::new())
        }

        $($async)? fn notify(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            need(session.capabilities(), &[Capability::Notify])?;
            let work = wait!(beside(&mut session, "Work"))?;
            wait!(session.create(&work))?;
            let mut other = wait!(log_in(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let notify = command::Notify::new()
                .messages(command::NotifiedMailboxes::Selected)
                .messages(command::NotifiedMailboxes::Personal);
            wait!(inbox.session().run(notify))?;
            while inbox.session().next_event().is_some() {}
            wait!(other.append(&work, AppendMessage::from(MESSAGE)))?;
            let patience = Some(Duration::from_secs(20));
            let mut idle = inbox.idle();
            loop {
                let event = wait!(idle.next(patience))?.expect("a STATUS response");
                if let Untagged::MailboxStatus(status) = event.response
                    && status.name == work
                {
                    assert_eq!((status.messages, status.uid_next), (Some(1), Some(2)));
                    break;
                }
            }
            wait!(idle.done())?;
            if login.uid_only {
                return Ok(Vec::new());
            }
            let one: SeqSet = "1".parse()?;
            assert!(wait!(inbox.fetch_all(&one, FetchItem::Flags)).unwrap_err().is_bad_argument());
            wait!(inbox.session().run(command::Notify::new()))?;
            assert_eq!(wait!(inbox.fetch_all(&one, FetchItem::Flags))?.len(), 1);
            Ok(Vec::new())
        }
    };
}
