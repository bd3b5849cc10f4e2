//! Connecting, logging in, and what concerns the whole connection.

macro_rules! connection_cases {
    ($($async:ident)?) => {
        $($async)? fn connection(login: &Login) -> Seen {
            let client = wait!(connect(login))?;
            assert!(client.greeting().is_some());
            assert!(client.capabilities().has(Capability::Imap4Rev1));
            let mut session = wait!(client.login(&login.user, login.password))?;
            let listed = wait!(session.capability())?;
            assert!(!listed.is_empty() && listed.has(Capability::Imap4Rev1));
            assert_eq!(&listed, session.capabilities());
            wait!(session.noop())?;
            wait!(session.logout())?;
            Ok(Vec::new())
        }

        $($async)? fn login_command(login: &Login) -> Seen {
            let mut session = wait!(wait!(connect(login))?.login_command(&login.user, login.password))?;
            wait!(session.noop())?;
            wait!(session.logout())?;
            Ok(Vec::new())
        }

        /// Logs in by the mechanism, if it is offered.
        $($async)? fn by_mechanism(login: &Login, name: &'static str) -> Seen {
            let client = wait!(connect(login))?;
            if !client.capabilities().has_auth(name) {
                return Err(Box::new(Missing(name)));
            }
            let mechanism = imaplib::mechanism(name, &login.user, login.password)?;
            let mut session = wait!(client.authenticate(mechanism))?;
            wait!(session.noop())?;
            wait!(session.logout())?;
            Ok(Vec::new())
        }

        $($async)? fn login_plain(login: &Login) -> Seen {
            wait!(by_mechanism(login, "PLAIN"))
        }

        $($async)? fn login_login(login: &Login) -> Seen {
            wait!(by_mechanism(login, "LOGIN"))
        }

        $($async)? fn login_cram_md5(login: &Login) -> Seen {
            wait!(by_mechanism(login, "CRAM-MD5"))
        }

        $($async)? fn login_scram_sha1(login: &Login) -> Seen {
            wait!(by_mechanism(login, "SCRAM-SHA-1"))
        }

        $($async)? fn login_scram_sha256(login: &Login) -> Seen {
            wait!(by_mechanism(login, "SCRAM-SHA-256"))
        }

        $($async)? fn login_scram_sha512(login: &Login) -> Seen {
            wait!(by_mechanism(login, "SCRAM-SHA-512"))
        }

        /// As if somebody had taken channel binding out of the server's list.
        struct Downgraded(ScramSha256);

        impl Mechanism for Downgraded {
            fn name(&self) -> &str {
                self.0.name()
            }

            fn bind(&mut self, binding: Option<&ChannelBinding>, _offered: bool) {
                self.0.bind(binding, false);
            }

            fn initial(&mut self) -> Option<Vec<u8>> {
                self.0.initial()
            }

            fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
                self.0.respond(challenge)
            }

            fn compute_more(&mut self) -> Result<Answer, SaslError> {
                self.0.compute_more()
            }

            fn is_complete(&self) -> bool {
                self.0.is_complete()
            }

            fn reveals_secret(&self) -> bool {
                false
            }
        }

        $($async)? fn login_bound(login: &Login) -> Seen {
            let client = wait!(connect(login))?;
            if !client.capabilities().has_channel_binding() {
                return Err(Box::new(Missing("channel binding")));
            }
            drop(client);
            for name in ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS"] {
                let client = wait!(connect(login))?;
                if client.capabilities().has_auth(name) {
                    let wrong = imaplib::mechanism(name, &login.user, "wrong")?;
                    assert!(wait!(client.authenticate(wrong)).unwrap_err().is_authentication());
                    wait!(by_mechanism(login, name))?;
                }
            }
            // What is bound to another connection is worth nothing here.
            let client = wait!(connect(login))?;
            let stolen = ChannelBinding::new(ChannelBindingType::TlsExporter, vec![7; 32]);
            let stolen = ScramSha256::new(&login.user, login.password, "nonce").bound_to(stolen);
            assert!(wait!(client.authenticate(stolen)).unwrap_err().is_authentication());
            let client = wait!(connect(login))?;
            let downgraded = Downgraded(ScramSha256::new(&login.user, login.password, "nonce"));
            assert!(wait!(client.authenticate(downgraded)).unwrap_err().is_authentication());
            wait!(wait!(wait!(connect(login))?.login(&login.user, login.password))?.logout())?;
            Ok(Vec::new())
        }

        $($async)? fn login_anonymous(login: &Login) -> Seen {
            wait!(by_mechanism(login, "ANONYMOUS"))
        }

        $($async)? fn login_refused(login: &Login) -> Seen {
            let user = login.user.as_str();
            let ways = ["best", "command", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"];
            // Some servers take five seconds for each refusal.
            for way in ways.into_iter().take(if login.refuses_slowly { 1 } else { usize::MAX }) {
                let client = wait!(connect(login))?;
                let result = match way {
                    "best" => wait!(client.login(user, "wr\"ong")),
                    "command" => wait!(client.login_command(user, "wr\\ong")),
                    way if !client.capabilities().has_auth(way) => continue,
                    way => wait!(client.authenticate(imaplib::mechanism(way, user, "wrong")?)),
                };
                let error = result.expect_err("a wrong password must not do");
                assert!(error.is_authentication(), "{way}: {error}");
                assert!(!error.to_string().contains("wr\"ong") && !error.to_string().contains("wr\\ong"), "{error}");
            }
            let mechanisms: [Box<dyn Mechanism>; 2] = [Box::new(External::new("")), Box::new(XOAuth2::new(user, "token"))];
            for mechanism in mechanisms.into_iter().take(if login.refuses_slowly { 1 } else { 2 }) {
                let client = wait!(connect(login))?;
                assert!(wait!(client.authenticate(mechanism)).is_err());
            }
            for password in ["a\r\nA1 NOOP", "a\0b"] {
                let result = wait!(wait!(connect(login))?.login_command(user, password));
                assert!(password.contains('\r') || result.as_ref().is_err_and(|error| error.is_bad_argument()));
                assert!(login.refuses_slowly || result.is_err());
                if login.refuses_slowly {
                    break;
                }
            }
            Ok(Vec::new())
        }

        $($async)? fn unauthenticate(login: &Login) -> Seen {
            wait!(wait!(with_messages(login, 1))?.logout())?;
            let first = login.administrator.unwrap_or(&login.user);
            let mut session = wait!(wait!(connect(login))?.login(first, login.password))?;
            need(session.capabilities(), &[Capability::Unauthenticate])?;
            if session.capabilities().has(Capability::CondStore) {
                wait!(session.enable(&["CONDSTORE"]))?;
            }
            // The administrator has no mail.
            if login.administrator.is_none() {
                assert_eq!(wait!(session.select("INBOX"))?.exists(), 1);
            }
            let client = wait!(session.unauthenticate())?;
            assert!(!client.is_preauthenticated() && client.capabilities().has_name("IMAP4rev1"));
            let mut session = wait!(client.login(&login.user, login.password))?;
            assert!(session.mailbox().is_err());
            assert_eq!(wait!(session.select("INBOX"))?.exists(), 1);
            wait!(session.logout())?;
            Ok(Vec::new())
        }

        $($async)? fn id(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Id])?;
            let id = wait!(session.id(Id::new().with("name", "conformance \"\\ ü")?))?;
            wait!(session.id(Id::new()))?;
            Ok(vec![format!("{:?}", id.field("name"))])
        }

        $($async)? fn namespace(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Namespace])?;
            let namespaces = wait!(session.namespace())?;
            assert!(!namespaces.personal.is_empty());
            Ok(vec![format!("{namespaces:?}")])
        }

        $($async)? fn enable(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Enable])?;
            wait!(session.enable(&["X-NO-SUCH-EXTENSION"]))?;
            need(session.capabilities(), &[Capability::CondStore])?;
            let enabled = wait!(session.enable(&["CONDSTORE"]))?;
            assert!(enabled.has(Capability::CondStore));
            Ok(vec![enabled.to_string()])
        }

        /// Names, searches and messages beyond ASCII, by whatever was enabled; the subject is "Grüße" as it stands in a header.
        $($async)? fn beyond_ascii(session: &mut Session, subject: &str) -> Seen {
            assert!(session.utf8_enabled());
            let name = wait!(beside(session, "Entwürfe/日本語 & mehr"))?;
            wait!(session.create(&name))?;
            let listed = wait!(session.list(&*pattern_of(&name)))?;
            assert!(listed.iter().any(|listing| listing.name == name), "{listed:?}");
            let text = format!(
                "Subject: {subject}\r\nFrom: ann@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nzwölf\r\n"
            );
            wait!(session.append(&name, AppendMessage::from(text.as_str())))?;
            let mut mailbox = wait!(session.select(&name))?;
            assert_eq!(wait!(mailbox.search(Search::new().subject("Grüße")))?.to_string(), "1");
            let rows = wait!(mailbox.fetch_all(UidSet::all(), [FetchItem::Envelope, FetchItem::message()]))?;
            assert_eq!(rows[0].envelope.as_ref().unwrap().subject().unwrap().to_str(), Some(subject));
            assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), text.as_bytes());
            wait!(mailbox.copy(UidSet::all(), &name))?;
            Ok(Vec::new())
        }

        $($async)? fn utf8(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Utf8Accept])?;
            let has_rev2 = session.enabled().has(Capability::Imap4Rev2);
            assert_eq!(session.utf8_enabled(), has_rev2);
            wait!(session.enable(&["UTF8=ACCEPT"]))?;
            wait!(beyond_ascii(&mut session, "Grüße"))
        }

        $($async)? fn rev2(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Imap4Rev2])?;
            wait!(session.enable(&["IMAP4rev2"]))?;
            // Headers in UTF-8 are for UTF8=ACCEPT.
            wait!(beyond_ascii(&mut session, "=?utf-8?Q?Gr=C3=BC=C3=9Fe?="))
        }

        /// No sequence numbers: whatever is called by UID works as before.
        $($async)? fn uid_only(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 5))?;
            need(session.capabilities(), &[Capability::UidOnly])?;
            let name = wait!(beside(&mut session, "Other"))?;
            wait!(session.create(&name))?;
            wait!(session.enable(&["UIDONLY"]))?;
            assert!(session.enabled().has(Capability::UidOnly));
            let mut inbox = wait!(session.select("INBOX"))?;
            assert_eq!(inbox.exists(), 5);
            let rows = wait!(inbox.fetch_all(UidSet::all(), [FetchItem::Flags, FetchItem::message()]))?;
            assert!(rows.len() == 5 && rows.iter().all(|row| row.seq.is_none() && text_of(row) == MESSAGE.as_bytes()));
            let stored = wait!(inbox.store(uids("2"), FlagChange::add(Flag::Deleted)))?;
            assert!(stored.rows.len() == 1 && stored.rows[0].uid.is_some_and(|uid| uid.get() == 2), "{stored:?}");
            assert_eq!(wait!(inbox.expunge())?, 1);
            assert_eq!(inbox.exists(), 4);
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "1,3:5");
            assert!(wait!(inbox.copy(uids("3"), &name))?.value().is_some());
            assert!(wait!(inbox.move_messages(uids("4"), &name))?.copied.value().is_some());
            assert_eq!(inbox.exists(), 3);
            // Sequence numbers are refused, and the session goes on.
            let error = wait!(inbox.search_seq(Search::all())).unwrap_err();
            wait!(inbox.noop())?;
            let mut rows = inbox.fetch(UidSet::all(), [FetchItem::Size])?;
            let mut found = Vec::new();
            while let Some(row) = wait!(rows.next())? {
                found.push(row.uid().map(|uid| uid.get()));
            }
            drop(rows);
            assert_eq!(found, [Some(1), Some(3), Some(5)]);
            Ok(vec![format!("{:?}", error.code())])
        }

        $($async)? fn raw_commands(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            let reply = wait!(session.run(command::Raw::new("STATUS INBOX (MESSAGES)")))?;
            assert!(matches!(&reply.value[..], [Untagged::MailboxStatus(status)] if status.messages == Some(1)));
            let error = wait!(session.run(command::Raw::new("XNOSUCHCOMMAND"))).unwrap_err();
            assert!(error.is_bad() || error.is_no());
            for text in ["NOOP\r\nA1 LOGOUT", "", "APPEND INBOX {5}", "a\0b"] {
                assert!(wait!(session.run(command::Raw::new(text))).unwrap_err().is_bad_argument());
            }
            wait!(session.noop())?;
            Ok(Vec::new())
        }
    };
}
