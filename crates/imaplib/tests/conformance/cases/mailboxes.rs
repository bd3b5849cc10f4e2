//! Mailboxes: making, listing, opening.

macro_rules! mailbox_cases {
    ($($async:ident)?) => {
        /// The name of a mailbox beside the user's others: below INBOX where the server has none beside it.
        $($async)? fn beside(session: &mut Session, name: &str) -> imaplib::Result<MailboxName> {
            if !session.capabilities().has(Capability::Namespace) {
                return Ok(MailboxName::new(name)?);
            }
            let namespaces = wait!(session.namespace())?;
            let prefix = namespaces.personal.first().map(|namespace| namespace.prefix.to_string()).unwrap_or_default();
            let delimiter = namespaces.personal.first().and_then(|namespace| namespace.delimiter).unwrap_or('/');
            Ok(MailboxName::new(&format!("{prefix}{}", name.replace('/', &delimiter.to_string())))?)
        }

        $($async)? fn create_rename_delete(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let (one, two) = (wait!(beside(&mut session, "one"))?, wait!(beside(&mut session, "two"))?);
            wait!(session.create(&one))?;
            wait!(session.rename(&one, &two))?;
            assert!(wait!(session.list(&one))?.is_empty());
            let found = wait!(session.list(&two))?;
            assert!(found.len() == 1 && found[0].name == two, "{found:?}");
            wait!(session.delete(&two))?;
            assert!(wait!(session.delete(&two)).unwrap_err().is_no());
            assert!(wait!(session.select(&two)).map(drop).unwrap_err().is_no());
            assert!(wait!(session.create("a\0b")).unwrap_err().is_bad_argument());
            Ok(Vec::new())
        }

        $($async)? fn create_again(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let name = wait!(beside(&mut session, "one"))?;
            wait!(session.create(&name))?;
            assert!(wait!(session.create(&name)).unwrap_err().is_no());
            Ok(Vec::new())
        }

        $($async)? fn names(login: &Login) -> Seen {
            let mut seen = Vec::new();
            let mut session = wait!(log_in(login))?;
            for name in ["Entwürfe", "Entwürfe/日本語 & mehr", "a b\"c", "a\\b", "📧", "b~&-+,;"] {
                if login.refuses_names.iter().any(|text| name.contains(text)) {
                    continue;
                }
                let name = wait!(beside(&mut session, name))?;
                wait!(session.create(&name))?;
                let listed: Vec<_> = wait!(session.list(&*pattern_of(&name)))?.into_iter().filter(|listing| listing.name == name).collect();
                assert_eq!(listed.len(), 1, "{name}");
                // What was listed goes back as it came.
                let status = wait!(session.status(&listed[0].name, &[StatusItem::Messages]))?;
                assert_eq!((status.messages, status.name == name), (Some(0), true), "{name}");
                wait!(session.append(&name, AppendMessage::from(MESSAGE)))?;
                assert_eq!(wait!(session.select(&name))?.exists(), 1);
                seen.push(name.to_string());
            }
            wait!(session.select("INBOX"))?;
            Ok(seen)
        }

        /// A pattern that lists the mailbox, and does not hold what patterns cannot.
        fn pattern_of(name: &MailboxName) -> String {
            name.to_string().chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '.' || letter == '/' { letter } else { '%' }).collect()
        }

        $($async)? fn list(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let (upper, lower) = (wait!(beside(&mut session, "level"))?, wait!(beside(&mut session, "level/below"))?);
            wait!(session.create(&upper))?;
            wait!(session.create(&lower))?;
            let all: Vec<String> = wait!(session.list("*"))?.iter().map(|listing| listing.name.to_string()).collect();
            assert!(all.iter().any(|name| name == "INBOX"), "{all:?}");
            assert!([&upper, &lower].iter().all(|name| all.contains(&name.to_string())), "{all:?}");
            let prefix = upper.to_string().replace("level", "");
            let level: Vec<String> = wait!(session.list(&*format!("{prefix}lev%")))?.iter().map(|listing| listing.name.to_string()).collect();
            assert_eq!(level, [upper.to_string()]);
            assert!(wait!(session.list("no such mailbox"))?.is_empty());
            let delimiter = wait!(session.list(&lower))?[0].delimiter;
            assert!(delimiter.is_some());
            Ok(vec![format!("{delimiter:?}")])
        }

        $($async)? fn subscriptions(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let name = wait!(beside(&mut session, "Entwürfe 1"))?;
            wait!(session.create(&name))?;
            wait!(session.subscribe(&name))?;
            assert!(wait!(session.lsub("*"))?.iter().any(|listing| listing.name == name));
            assert!(wait!(session.list_subscribed("*"))?.iter().any(|listing| listing.name == name));
            wait!(session.unsubscribe(&name))?;
            assert!(!wait!(session.lsub("*"))?.iter().any(|listing| listing.name == name));
            Ok(Vec::new())
        }

        $($async)? fn list_extended(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::ListExtended, Capability::Imap4Rev2])?;
            wait!(session.create("upper"))?;
            wait!(session.create("upper/lower"))?;
            wait!(session.subscribe("upper/lower"))?;
            use imaplib::command::{ListExtended, ListReturn, ListSelection};
            let pattern = |text: &str| MailboxName::new(text);
            let names = |found: Vec<ListedMailbox>| found.into_iter().map(|mailbox| mailbox.listing.name.to_string()).collect::<Vec<_>>();
            let subscribed = ListExtended::new([pattern("upper*")?]).select([ListSelection::Subscribed]);
            assert_eq!(names(wait!(session.run(subscribed))?.value), ["upper/lower"]);
            let returned = ListExtended::new([pattern("upper")?]).returning([ListReturn::Children, ListReturn::Subscribed]);
            let found = wait!(session.run(returned))?.value;
            assert!(found[0].listing.attributes.iter().any(|attribute| attribute.to_string().eq_ignore_ascii_case("\\HasChildren")), "{found:?}");
            let several = ListExtended::new([pattern("upper")?, pattern("INB*")?]);
            let mut several = names(wait!(session.run(several))?.value);
            several.sort();
            assert_eq!(several, ["INBOX", "upper"]);
            let above = ListExtended::new([pattern("%")?]).select([ListSelection::Subscribed, ListSelection::RecursiveMatch]);
            assert!(names(wait!(session.run(above))?.value).contains(&"upper".to_owned()));
            Ok(Vec::new())
        }

        $($async)? fn special_use(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::SpecialUse])?;
            use imaplib::command::{ListExtended, ListReturn, ListSelection};
            let all = MailboxName::new("*")?;
            let command = ListExtended::new([all]).select([ListSelection::SpecialUse]).returning([ListReturn::SpecialUse]);
            let mut found: Vec<String> = wait!(session.run(command))?.value.iter().map(|mailbox| mailbox.listing.name.to_string()).collect();
            found.sort();
            assert!(login.has_no_special_uses || found.iter().any(|name| name == "Sent"), "{found:?}");
            Ok(found)
        }

        $($async)? fn status(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            let items = [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::Unseen, StatusItem::Recent];
            let status = wait!(session.status("INBOX", &items))?;
            assert_eq!((status.messages, status.unseen), (Some(2), Some(2)));
            assert!(status.uid_next.is_some() && status.uid_validity.is_some() && status.recent.is_some());
            assert!(wait!(session.status("Nowhere", &items)).unwrap_err().is_no());
            Ok(vec![format!("{:?}", status.uid_next)])
        }

        $($async)? fn status_more(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 2))?;
            let capabilities = session.capabilities().clone();
            let mut items = Vec::new();
            for (capability, item) in [
                (Capability::StatusSize, StatusItem::Size),
                (Capability::CondStore, StatusItem::HighestModSeq),
                (Capability::ObjectId, StatusItem::MailboxId),
                (Capability::Imap4Rev2, StatusItem::Deleted),
            ] {
                if capabilities.has(capability) {
                    items.push(item);
                }
            }
            if items.is_empty() {
                return Err(Box::new(Missing("STATUS=SIZE")));
            }
            // One by one: Cyrus sends memory that it has freed for a MAILBOXID among others.
            for item in &items {
                let status = wait!(session.status("INBOX", std::slice::from_ref(item)))?;
                match item {
                    StatusItem::Size => assert_eq!(status.size, Some(2 * stored.len() as u64)),
                    StatusItem::HighestModSeq => assert!(status.highest_mod_seq.is_some()),
                    StatusItem::MailboxId => assert!(status.mailbox_id.is_some()),
                    _ => assert_eq!(status.deleted, Some(0)),
                }
            }
            Ok(vec![format!("{items:?}")])
        }

        $($async)? fn list_status(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            let all = wait!(session.list_status("*", &[StatusItem::Messages, StatusItem::UidNext]))?;
            let inbox = all.iter().find(|mailbox| mailbox.listing.name.is_inbox()).unwrap();
            assert_eq!(inbox.status.as_ref().unwrap().messages, Some(2));
            assert_eq!(all.len(), wait!(session.list("*"))?.len());
            Ok(Vec::new())
        }

        $($async)? fn select(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            {
                let inbox = wait!(session.select("inbox"))?;
                let view = inbox.state().unwrap();
                assert_eq!((inbox.exists(), inbox.is_read_only(), view.name.is_inbox()), (3, false, true));
                assert!(inbox.uid_validity().is_some());
                assert!(view.flags.contains(&Flag::Seen));
                assert!(view.permanent_flags.as_ref().is_none_or(|flags| flags.contains(&Flag::Deleted)));
            }
            assert!(wait!(session.examine("INBOX"))?.is_read_only());
            let nowhere = wait!(session.select("Nowhere")).map(drop).unwrap_err();
            assert!(nowhere.is_no(), "{nowhere}");
            assert!(wait!(session.run(command::Expunge::default())).is_err());
            let inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.close_and_expunge())?;
            assert!(wait!(session.run(command::Expunge::default())).is_err());
            wait!(session.logout())?;
            Ok(Vec::new())
        }

        $($async)? fn read_only(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            let mut inbox = wait!(session.examine("INBOX"))?;
            assert!(inbox.is_read_only());
            let refused = wait!(inbox.store(UidSet::all(), FlagChange::add(Flag::Seen))).unwrap_err();
            assert!(refused.is_read_only(), "{refused}");
            assert!(wait!(inbox.expunge()).unwrap_err().is_read_only());
            assert!(wait!(inbox.move_messages(UidSet::all(), "INBOX")).unwrap_err().is_read_only());
            // Reading a text does not mark it here.
            wait!(inbox.fetch_all(UidSet::all(), FetchItem::Rfc822Text))?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::Flags))?;
            assert!(!rows[0].flags.as_ref().unwrap().contains(&Flag::Seen));
            wait!(inbox.session().status("INBOX", &[StatusItem::Messages]))?;
            Ok(Vec::new())
        }

        $($async)? fn unselect(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            need(session.capabilities(), &[Capability::Unselect])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.store(UidSet::all(), FlagChange::add(Flag::Deleted).silent()))?;
            wait!(inbox.unselect())?;
            assert_eq!(wait!(session.select("INBOX"))?.exists(), 1);
            Ok(Vec::new())
        }

        $($async)? fn check(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.check())?;
            Ok(Vec::new())
        }
    };
}
