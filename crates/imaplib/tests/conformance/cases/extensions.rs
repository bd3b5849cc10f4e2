//! Extensions with commands of their own.

macro_rules! extension_cases {
    ($($async:ident)?) => {
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
            let (roots, quotas) = wait!(session.get_quota_root("INBOX"))?;
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

        $($async)? fn proxy_auth(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            assert!(wait!(session.proxy_auth("bob")).is_err());
            wait!(session.noop())?;
            Ok(Vec::new())
        }
    };
}
