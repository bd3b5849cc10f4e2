//! Extensions with commands of their own.

macro_rules! extension_cases {
    ($($async:ident)?) => {
        $($async)? fn compress(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            wait!(session.compress())?;
            let large = large_message();
            for _ in 0..3 {
                wait!(session.append("INBOX", AppendMessage::from(large.as_str())))?;
            }
            assert!(wait!(session.compress()).is_err());
            let mut inbox = wait!(session.select("INBOX"))?;
            let mut rows = inbox.fetch(UidSet::all(), [FetchItem::Envelope, FetchItem::message()])?;
            let mut sizes = Vec::new();
            while let Some(mut row) = wait!(rows.next())? {
                let mut bytes = Vec::new();
                while let Some(mut body) = wait!(row.next_body())? {
                    wait!(body.copy_to(&mut bytes))?;
                }
                assert!(bytes == MESSAGE.as_bytes() || bytes == large.as_bytes());
                sizes.push(bytes.len());
            }
            drop(rows);
            assert_eq!(sizes.len(), 5);
            wait!(session.logout())?;
            Ok(Vec::new())
        }

        $($async)? fn acl(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Acl])?;
            let name = wait!(beside(&mut session, "Shared & more"))?;
            wait!(session.create(&name))?;
            let mine = wait!(session.my_rights(&name))?;
            assert!(mine.rights.has('l') && mine.rights.has('a'), "{mine:?}");
            wait!(session.set_acl(&name, login.other, AclChange::Replace, Rights::new("lr")?))?;
            wait!(session.set_acl(&name, login.other, AclChange::Add, Rights::new("s")?))?;
            wait!(session.set_acl(&name, login.other, AclChange::Remove, Rights::new("r")?))?;
            let acl = wait!(session.get_acl(&name))?;
            let other = acl.entries.iter().find(|(who, _)| *who == login.other).unwrap();
            assert!(other.1.has('l') && other.1.has('s') && !other.1.has('r'), "{acl:?}");
            let possible = wait!(session.list_rights(&name, login.other))?;
            assert!(possible.required.has('r') || possible.optional.iter().any(|rights| rights.has('r')), "{possible:?}");
            wait!(session.delete_acl(&name, login.other))?;
            let acl = wait!(session.get_acl(&name))?;
            assert!(!acl.entries.iter().any(|(who, _)| *who == login.other));
            assert!(wait!(session.set_acl("Nowhere", login.other, AclChange::Add, Rights::new("l")?)).is_err());
            wait!(session.noop())?;
            Ok(Vec::new())
        }

        $($async)? fn quota(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Quota])?;
            let MailboxQuotas { roots, quotas, .. } = wait!(session.get_quota_root("INBOX"))?;
            // Roots without a limit may be left out.
            assert!(roots.roots.len() >= quotas.len());
            if let (Some(root), Some(quota)) = (roots.roots.first(), quotas.first()) {
                let root = root.to_string();
                assert!(login.has_no_limit || quota.resources.iter().any(|resource| resource.name == "STORAGE" && resource.limit == 2 << 20), "{quotas:?}");
                // Some tell it to administrators only.
                match wait!(session.get_quota(&root)) {
                    Ok(again) => assert_eq!(again.unwrap().root, quota.root),
                    Err(error) => assert!(error.is_no(), "{error}"),
                }
                // A user may not raise the own quota.
                assert!(wait!(session.set_quota(&root, &[("STORAGE", 1)])).is_err());
            }
            wait!(session.noop())?;
            Ok(vec![quotas.len().to_string()])
        }

        $($async)? fn metadata(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Metadata])?;
            let entry = "/private/comment";
            let value: &[u8] = "a \"b\" {3}\r\nzwölf".as_bytes();
            wait!(session.set_metadata("INBOX", &[(entry, Some(value))]))?;
            let found = wait!(session.get_metadata("INBOX", &[entry, "/private/nothing"]))?;
            let of = |name: &str| found.iter().find(|entry| entry.name == name).and_then(|entry| entry.value.clone());
            assert_eq!((of(entry).as_deref(), of("/private/nothing")), (Some(value), None), "{found:?}");
            let deep = command::GetMetadata::new(MailboxName::inbox(), ["/private"]).depth(command::MetadataDepth::All);
            let deep = wait!(session.run(deep))?.value;
            assert!(deep.iter().any(|entry| entry.name == "/private/comment" && entry.value.is_some()), "{deep:?}");
            wait!(session.set_metadata("INBOX", &[(entry, None)]))?;
            let found = wait!(session.get_metadata("INBOX", &[entry]))?;
            assert!(found.iter().all(|entry| entry.value.is_none()), "{found:?}");
            Ok(Vec::new())
        }

        $($async)? fn annotation(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            if !session.capabilities().has_name("ANNOTATEMORE") {
                return Err(Box::new(Missing("ANNOTATEMORE")));
            }
            wait!(session.set_annotation("INBOX", "/comment", &[("value.priv", Some("a \"b\""))]))?;
            let found = wait!(session.get_annotation("INBOX", "/comment", "value.priv"))?;
            assert!(found.len() == 1 && found[0].mailbox.is_inbox() && found[0].entry == "/comment", "{found:?}");
            let (name, value) = &found[0].attributes[0];
            assert!(*name == "value.priv" && value.as_ref().is_some_and(|value| *value == "a \"b\""), "{found:?}");
            wait!(session.set_annotation("INBOX", "/comment", &[("value.priv", None)]))?;
            Ok(Vec::new())
        }

        $($async)? fn proxy_auth(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            assert!(wait!(session.proxy_auth("bob")).is_err());
            wait!(session.noop())?;
            Ok(Vec::new())
        }
    };
}
