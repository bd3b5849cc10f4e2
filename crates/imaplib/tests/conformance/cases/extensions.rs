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

        $($async)? fn quota_resources(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let resources: Vec<String> = session.capabilities().quota_resources().map(str::to_owned).collect();
            if resources.is_empty() {
                return Err(Box::new(Missing("QUOTA=RES-*")));
            }
            for quota in wait!(session.get_quota_root("INBOX"))?.quotas {
                for resource in quota.resources {
                    let name = resource.name.to_string();
                    assert!(resources.iter().any(|known| known.eq_ignore_ascii_case(&name)), "{name} of {resources:?}");
                }
            }
            Ok(resources)
        }

        $($async)? fn create_special_use(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::CreateSpecialUse])?;
            let name = wait!(beside(&mut session, "Old mail"))?;
            wait!(session.create_special_use(&name, &[MailboxAttribute::Archive]))?;
            let found = wait!(session.list_special_use("*"))?;
            let archive = found.iter().find(|listing| listing.has(&MailboxAttribute::Archive));
            assert!(archive.is_some_and(|listing| listing.name == name), "{found:?}");
            let unknown = MailboxAttribute::Other("\\Nonsense".into());
            assert!(wait!(session.create_special_use("INBOX.No", &[unknown])).is_err());
            Ok(Vec::new())
        }

        $($async)? fn list_returns(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            need(session.capabilities(), &[Capability::ListExtended])?;
            let capabilities = session.capabilities().clone();
            let name = wait!(beside(&mut session, "Parent"))?;
            wait!(session.create(&name))?;
            wait!(session.subscribe(&name))?;
            let entry = "/private/comment";
            let mut returned = vec![command::ListReturn::Subscribed, command::ListReturn::Children];
            let mut add = |capability, option| {
                let offered = capabilities.has(capability);
                returned.extend(offered.then_some(option));
                offered
            };
            let has_status = add(Capability::ListStatus, command::ListReturn::Status(vec![StatusItem::Messages]));
            let has_rights = add(Capability::ListMyRights, command::ListReturn::MyRights);
            let has_metadata = add(Capability::ListMetadata, command::ListReturn::Metadata(vec![entry.into()]));
            add(Capability::SpecialUse, command::ListReturn::SpecialUse);
            if has_metadata {
                wait!(session.set_metadata(&name, &[(entry, Some(b"note"))]))?;
            }
            let pattern = MailboxName::new("*")?;
            let found = wait!(session.list_extended(command::ListExtended::new([pattern]).returning(returned)))?;
            let inbox = found.iter().find(|mailbox| mailbox.listing.name.is_inbox()).unwrap();
            assert!(!has_status || inbox.status.as_ref().and_then(|status| status.messages) == Some(2), "{inbox:?}");
            assert!(!has_rights || inbox.rights.as_ref().is_some_and(|rights| rights.has('r')), "{inbox:?}");
            let parent = found.iter().find(|mailbox| mailbox.listing.name == name).unwrap();
            assert!(parent.listing.has(&MailboxAttribute::Subscribed), "{parent:?}");
            let note = parent.metadata.first().and_then(|entry| entry.value.clone());
            assert!(!has_metadata || note.as_deref() == Some(b"note"), "{parent:?}");
            Ok(Vec::new())
        }

        /// A mailbox is opened by its identifier after somebody has renamed it.
        $($async)? fn object_ids(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            need(session.capabilities(), &[Capability::ObjectIdPlus])?;
            let name = wait!(beside(&mut session, "Old name"))?;
            wait!(session.create(&name))?;
            let status = wait!(session.status(&name, &[StatusItem::ObjectIds]))?;
            let ids = status.object_ids.ok_or("no OBJECTID")?;
            let (account, mailbox) = (ids.account.ok_or("no ACCOUNTID")?, ids.mailbox.ok_or("no MAILBOXID")?);
            assert_eq!(status.mailbox_id.as_ref(), Some(&mailbox));
            let new_name = wait!(beside(&mut session, "New name"))?;
            wait!(session.rename(&name, &new_name))?;
            let options = SelectOptions::new().by_id(account.clone(), mailbox.clone());
            let (opened, _) = wait!(session.select_with(&name, options))?;
            let state = opened.state().ok_or("it is not open")?;
            assert_eq!((state.account_id.as_ref(), state.mailbox_id.as_ref()), (Some(&account), Some(&mailbox)));
            // Without a mailbox of this identifier, the name counts.
            let (inbox, _) = wait!(session.select_with("INBOX", SelectOptions::new().by_id(account, "none")))?;
            assert_eq!(inbox.exists(), 1);
            Ok(Vec::new())
        }

        $($async)? fn xlist(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::XList])?;
            let found = wait!(session.run(command::XList::new(MailboxName::new("")?, MailboxName::new("*")?)))?.value;
            assert!(found.iter().any(|listing| listing.name.is_inbox()), "{found:?}");
            Ok(Vec::new())
        }

        $($async)? fn remote_lists(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::MailboxReferrals])?;
            let (all, pattern) = (MailboxName::new("")?, MailboxName::new("*")?);
            let found = wait!(session.run(command::RList::new(all.clone(), pattern.clone())))?.value;
            assert!(found.iter().any(|listing| listing.name.is_inbox()), "{found:?}");
            wait!(session.subscribe("INBOX"))?;
            let found = wait!(session.run(command::RLsub::new(all, pattern)))?.value;
            assert!(found.iter().any(|listing| listing.name.is_inbox()), "{found:?}");
            Ok(Vec::new())
        }

        $($async)? fn language(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Language])?;
            assert!(!wait!(session.language(&[]))?.is_empty());
            let chosen = wait!(session.language(&["x-none", "i-default"]))?;
            assert!(chosen.len() == 1, "{chosen:?}");
            Ok(Vec::new())
        }

        $($async)? fn comparator(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::I18nLevel2])?;
            assert!(!wait!(session.comparator(&[]))?.active.is_empty());
            Ok(Vec::new())
        }

        $($async)? fn jmap_access(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::JmapAccess])?;
            assert!(wait!(session.jmap_access())?.to_string().starts_with("https://"));
            Ok(Vec::new())
        }

        $($async)? fn preview_lazy(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            need(session.capabilities(), &[Capability::Preview])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::PreviewLazy))?;
            assert_eq!(rows.len(), 2);
            Ok(Vec::new())
        }

        $($async)? fn children(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Children])?;
            let found = wait!(session.list("*"))?;
            let tells = |listing: &Listing| {
                listing.has(&MailboxAttribute::HasChildren) || listing.has(&MailboxAttribute::HasNoChildren)
            };
            assert!(found.iter().any(tells), "{found:?}");
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
