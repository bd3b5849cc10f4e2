//! What the server sends unsolicited, and several commands at once.

macro_rules! unsolicited_cases {
    ($($async:ident)?) => {
        $($async)? fn idle(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            need(session.capabilities(), &[Capability::Idle])?;
            let mut other = wait!(log_in(login))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            while inbox.session().next_event().is_some() {}
            let mut idle = inbox.idle();
            assert!(wait!(idle.next(Some(Duration::from_millis(50))))?.is_none());
            wait!(other.append("INBOX", AppendMessage::from(MESSAGE)))?;
            let patience = Some(Duration::from_secs(10));
            let event = wait!(idle.next(patience))?.expect("an event");
            assert_eq!(event.response, Untagged::Exists(2));
            assert!(event.mailbox.unwrap().is_inbox());
            wait!(idle.done())?;
            while inbox.session().next_event().is_some() {}
            {
                let mut second = wait!(other.select("INBOX"))?;
                wait!(second.store(uids("1"), FlagChange::add(Flag::Deleted)))?;
                wait!(second.expunge())?;
            }
            let mut idle = inbox.idle();
            let mut gone = false;
            while let Some(event) = wait!(idle.next(patience))? {
                if matches!(event.response, Untagged::Expunge(_) | Untagged::Vanished { .. }) {
                    gone = true;
                    break;
                }
            }
            assert!(gone);
            wait!(idle.done())?;
            assert_eq!(inbox.exists(), 1);
            Ok(Vec::new())
        }

        $($async)? fn idle_dropped(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            need(session.capabilities(), &[Capability::Idle])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            for _ in 0..3 {
                let mut idle = inbox.idle();
                while wait!(idle.next(Some(Duration::from_millis(20))))?.is_some() {}
                drop(idle);
                assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "1:2");
            }
            Ok(Vec::new())
        }

        $($async)? fn pipelining(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 3))?;
            wait!(session.select("INBOX"))?;
            let mut tickets = Vec::new();
            for _ in 0..40 {
                for uid in 1..=3 {
                    let command = command::Fetch::new(Uid::new(uid).unwrap(), [FetchItem::Flags, FetchItem::message()]);
                    tickets.push((uid, session.start(command::FetchAll::from(command))?));
                }
            }
            let search = session.start(command::UidSearch::new(Search::all()))?;
            let search_again = session.start(command::UidSearch::new("UID 2".parse()?))?;
            let status = session.start(command::Status::new(MailboxName::inbox(), [StatusItem::Messages]))?;
            // In any order.
            assert_eq!(wait!(session.finish(search_again))?.value.messages.to_string(), "2");
            assert_eq!(wait!(session.finish(status))?.value.messages, Some(3));
            for (uid, ticket) in tickets {
                let rows = wait!(session.finish(ticket))?.value;
                assert_eq!(rows.iter().map(|row| row.uid.unwrap().get()).collect::<Vec<_>>(), [uid]);
                assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), stored.as_bytes());
            }
            assert_eq!(wait!(session.finish(search))?.value.messages.to_string(), "1:3");
            Ok(Vec::new())
        }
    };
}
