//! Putting messages into mailboxes.

macro_rules! append_cases {
    ($($async:ident)?) => {
        /// Appends a message and reads it back.
        $($async)? fn there_and_back(session: &mut Session, text: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
            wait!(session.append("INBOX", AppendMessage::from(text)))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let mut rows = inbox.fetch(UidSet::last_message(), [FetchItem::message(), FetchItem::Size])?;
            let mut bytes = Vec::new();
            while let Some(mut row) = wait!(rows.next())? {
                while let Some(mut body) = wait!(row.next_body())? {
                    wait!(body.copy_to(&mut bytes))?;
                }
                wait!(row.finish())?;
                assert_eq!(row.size(), Some(bytes.len() as u64));
            }
            Ok(bytes)
        }

        $($async)? fn append(login: &Login) -> Seen {
            let size = Some(login.stored(MESSAGE).len() as u64);
            let mut session = wait!(log_in(login))?;
            let date: DateTime = "17-Jul-1996 02:44:25 -0700".parse()?;
            let flags: Flags = [Flag::Seen, Flag::Flagged].into();
            wait!(session.append("INBOX", AppendMessage::from(MESSAGE).flags(flags.clone()).date(date)))?;
            wait!(session.append("INBOX", AppendMessage::from(MESSAGE)))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            assert_eq!(inbox.exists(), 2);
            let rows = wait!(inbox.fetch_all(UidSet::all(), [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size]))?;
            let mut stored = rows[0].flags.clone().unwrap_or_default();
            stored.remove(&Flag::Recent);
            assert_eq!(stored, flags);
            assert_eq!(rows[0].internal_date.unwrap().unix_timestamp(), date.unix_timestamp());
            assert_eq!((rows[0].size, rows[1].size), (size, size));
            Ok(Vec::new())
        }

        $($async)? fn append_plain(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let back = wait!(there_and_back(&mut session, MESSAGE.as_bytes()))?;
            assert_eq!(back, login.stored_bytes(MESSAGE.as_bytes()));
            Ok(Vec::new())
        }

        $($async)? fn append_keywords(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            wait!(need_keywords(&mut session))?;
            wait!(session.append("INBOX", AppendMessage::from(MESSAGE).flags(Flag::keyword("$Work")?)))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::Flags))?;
            assert_eq!(flags_of(&rows), ["1 $Work"]);
            Ok(Vec::new())
        }

        $($async)? fn append_uid(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::UidPlus])?;
            let first = wait!(session.append("INBOX", AppendMessage::from(MESSAGE)))?.into_value().expect("an APPENDUID");
            let second = wait!(session.append("INBOX", AppendMessage::from(MESSAGE)))?.into_value().expect("an APPENDUID");
            let inbox = wait!(session.select("INBOX"))?;
            assert_eq!(inbox.uid_validity(), Some(first.uid_validity));
            assert_ne!(first.uids.to_string(), second.uids.to_string());
            Ok(vec![first.uids.to_string(), second.uids.to_string()])
        }

        $($async)? fn append_sizes(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            for bytes in [2, 30, 4095, 4096, 4097, 65_535, 65_537, 300_000, 5_000_000] {
                let text = if bytes < 30 { "\r\n".to_owned() } else { message_of(bytes) };
                let back = wait!(there_and_back(&mut session, text.as_bytes()))?;
                assert!(back == login.stored_bytes(text.as_bytes()), "{bytes} bytes came back as {}", back.len());
            }
            Ok(Vec::new())
        }

        $($async)? fn append_all(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let texts: Vec<String> = (0..200).map(|number| message_of(30 + number * number)).collect();
            let messages = texts.iter().map(|text| AppendMessage::from(text.as_str()));
            let results = wait!(session.append_all("INBOX", messages))?;
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 200);
            let nowhere = wait!(beside(&mut session, "Nowhere"))?;
            let refused = wait!(session.append_all(&nowhere, texts.iter().take(3).map(|text| AppendMessage::from(text.as_str()))))?;
            assert!(refused.len() == 3 && refused.iter().all(|result| result.as_ref().is_err_and(|error| error.is_no())), "{refused:?}");
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::Size))?;
            let sizes: Vec<u64> = rows.iter().map(|row| row.size.unwrap()).collect();
            let expected: Vec<u64> = texts.iter().map(|text| login.stored(text).len() as u64).collect();
            assert_eq!(sizes, expected);
            Ok(Vec::new())
        }

        $($async)? fn append_refused(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let large = large_message();
            for text in [MESSAGE, &large] {
                let nowhere = wait!(beside(&mut session, "Nowhere"))?;
                let error = wait!(session.append(&nowhere, AppendMessage::from(text))).unwrap_err();
                assert!(matches!(error.code(), Some(ResponseCode::TryCreate)), "{error}");
            }
            // The session goes on after the refusal.
            assert_eq!(wait!(session.select("INBOX"))?.exists(), 0);
            Ok(Vec::new())
        }

        $($async)? fn append_short(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let short = wait!(session.append("INBOX", AppendMessage::new("short".as_bytes(), 10))).unwrap_err();
            assert!(short.is_bad_argument(), "{short}");
            assert!(wait!(session.noop()).is_err());
            let mut session = wait!(log_in(login))?;
            assert_eq!(wait!(session.select("INBOX"))?.exists(), 0);
            Ok(Vec::new())
        }

        $($async)? fn append_eight_bit(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            let mut text = b"Subject: raw \xe4\xf6\xfc\r\nFrom: \"\xff\" <a@b>\r\n\r\n".to_vec();
            text.extend((1..=255).filter(|byte| !b"\r\n".contains(byte)));
            text.extend(b"\r\n.\r\n+ OK\r\n* 5 EXISTS\r\nA1 OK done\r\n");
            let back = wait!(there_and_back(&mut session, &text))?;
            assert!(back == login.stored_bytes(&text), "{:?}", String::from_utf8_lossy(&back));
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), [FetchItem::Envelope, FetchItem::BodyStructure]))?;
            assert!(rows[0].envelope.as_ref().unwrap().subject().unwrap().as_bytes().starts_with(b"raw "));
            Ok(Vec::new())
        }

        $($async)? fn append_nul(login: &Login) -> Seen {
            let mut session = wait!(log_in(login))?;
            need(session.capabilities(), &[Capability::Binary])?;
            let text = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b\r\n";
            wait!(session.append("INBOX", AppendMessage::from(&text[..]).binary()))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let binary = FetchItem::Binary { part: Part::new([1]), peek: true, partial: None };
            let rows = wait!(inbox.fetch_all(UidSet::all(), binary))?;
            let bytes = rows[0].sections[0].data.as_bytes().unwrap();
            assert_eq!(bytes, &b"a\0b\r\n"[..]);
            Ok(Vec::new())
        }
    };
}
