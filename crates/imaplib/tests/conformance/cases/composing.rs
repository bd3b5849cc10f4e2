//! Messages that are appended together, put together by the server, replaced, and reached by URL.

macro_rules! composing_cases {
    ($($async:ident)?) => {
        $($async)? fn append_together(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::MultiAppend])?;
            let texts: Vec<String> = [10, 300_000, 2].map(|size| message_of(60 + size)).to_vec();
            let messages = texts.iter().map(|text| AppendMessage::from(text.as_str()).flags(Flag::Seen));
            let appended = wait!(session.append_together("INBOX", messages))?;
            assert!(appended.value().is_none_or(|appended| appended.uids.len() == 3));
            // All or none.
            let nowhere = wait!(session.append_together("Nowhere", texts.iter().map(|text| text.as_str().into())));
            assert!(nowhere.is_err());
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), [FetchItem::Flags, FetchItem::message()]))?;
            assert_eq!(rows.len(), 3);
            for (row, text) in rows.iter().zip(&texts) {
                let body = text_of(row);
                assert!(body == login.stored(text).as_bytes());
                assert!(row.flags.as_ref().is_some_and(|flags| flags.contains(&Flag::Seen)), "{:?}", row.flags);
            }
            Ok(Vec::new())
        }

        $($async)? fn catenate(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            need(session.capabilities(), &[Capability::Catenate])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let header = MessageUrl::new(&MailboxName::inbox(), Uid::MIN).section("HEADER");
            let message = Catenate::new(MailboxName::inbox())
                .flags(Flag::Draft)
                .url(header.to_string())
                .text("another text {3}\r\n");
            wait!(inbox.session().catenate(message))?;
            let nowhere = Catenate::new(MailboxName::inbox()).url("/Nowhere/;UID=1").text("x");
            let error = wait!(inbox.session().catenate(nowhere)).unwrap_err();
            wait!(inbox.noop())?;
            let rows = wait!(inbox.fetch_all(uids("2"), [FetchItem::Flags, FetchItem::message()]))?;
            let body = text_of(&rows[0]).to_vec();
            let (header, _) = MESSAGE.split_once("\r\n\r\n").unwrap();
            assert_eq!(String::from_utf8(body)?, format!("{header}\r\n\r\nanother text {{3}}\r\n"));
            assert!(rows[0].flags.as_ref().is_some_and(|flags| flags.contains(&Flag::Draft)));
            Ok(vec![format!("{}", matches!(error.code(), Some(ResponseCode::BadUrl(_))))])
        }

        $($async)? fn replace(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            need(session.capabilities(), &[Capability::Replace, Capability::UidPlus])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let text = message_of(200);
            let message = AppendMessage::from(text.as_str()).flags(Flag::Seen);
            wait!(inbox.replace(Uid::new(2).unwrap(), "INBOX", message))?;
            wait!(inbox.noop())?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::message()))?;
            let found: Vec<(u32, bool)> = rows
                .iter()
                .map(|row| {
                    let body = text_of(row);
                    (row.uid.unwrap().get(), body == login.stored(&text).as_bytes())
                })
                .collect();
            assert_eq!(found, [(1, false), (3, false), (4, true)]);
            // Nothing is lost where the new message cannot be put.
            assert!(wait!(inbox.replace(Uid::MIN, "Nowhere", AppendMessage::from(text.as_str()))).is_err());
            assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "1,3:4");
            Ok(Vec::new())
        }

        $($async)? fn url_auth(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            need(session.capabilities(), &[Capability::UrlAuth])?;
            let url = format!("imap://{}@localhost{}", login.user, MessageUrl::new(&MailboxName::inbox(), Uid::MIN).section("HEADER"));
            let signed = wait!(session.sign_urls(&[&format!("{url};URLAUTH=anonymous")]))?;
            let signed = signed[0].to_string();
            let fetched = wait!(session.fetch_urls(&[&signed]))?;
            let (header, _) = MESSAGE.split_once("\r\n\r\n").unwrap();
            assert_eq!(fetched[0].body.as_deref(), Some(format!("{header}\r\n\r\n").as_bytes()), "{fetched:?}");
            wait!(session.reset_url_key("INBOX"))?;
            let fetched = wait!(session.fetch_urls(&[&signed]))?;
            assert_eq!(fetched[0].body, None);
            Ok(Vec::new())
        }

        $($async)? fn annotate(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 2))?;
            need(session.capabilities(), &[Capability::Annotate])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            wait!(inbox.annotate(uids("2"), "/comment", &[("value.priv", Some("a \"b\""))]))?;
            let item = FetchItem::Annotation { entries: vec!["/comment".into()], attributes: vec!["value.priv".into()] };
            let rows = wait!(inbox.fetch_all(UidSet::all(), item))?;
            let of = |uid: u32| {
                let row = rows.iter().find(|row| row.uid.is_some_and(|found| found.get() == uid));
                let found = row.and_then(|row| row.annotations()).unwrap_or_default();
                found.first().and_then(|entry| entry.attributes.first().and_then(|(_, value)| value.clone()))
            };
            assert_eq!(of(2).unwrap(), "a \"b\"", "{rows:?}");
            assert_eq!(of(1), None);
            let matching = command::AnnotationMatch { entry: "/comment".into(), attribute: "value.priv".into(), text: "\"b".into() };
            assert_eq!(wait!(inbox.search(Search::new().annotation(matching)))?.to_string(), "2");
            wait!(inbox.annotate(uids("2"), "/comment", &[("value.priv", None)]))?;
            Ok(Vec::new())
        }
    };
}
