//! FETCH.

macro_rules! fetch_cases {
    ($($async:ident)?) => {
        $($async)? fn fetch(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 2))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let items = [
                FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Envelope, FetchItem::Body, FetchItem::BodyStructure,
                FetchItem::message(), FetchItem::header(), FetchItem::body_peek(Section::text()),
                FetchItem::body_peek(Section::part(Part::new([1]))),
                FetchItem::body_peek(Section { part: Part::new([2]), text: SectionText::Mime }),
                FetchItem::body_peek(Section::header_fields(["Subject", "X-None"])),
                FetchItem::body_peek(Section::header_fields_not(["Subject"])),
            ];
            let mut rows = inbox.fetch(UidSet::all(), items)?;
            let mut count = 0;
            while let Some(mut row) = wait!(rows.next())? {
                count += 1;
                assert_eq!(row.uid().map(Uid::get), Some(count));
                assert_eq!(row.sequence_number().map(SeqNum::get), Some(count).filter(|_| !login.uid_only));
                assert!(row.flags().is_some() && row.internal_date().is_some());
                assert_eq!(row.size(), Some(stored.len() as u64));
                let envelope = row.envelope().unwrap();
                assert_eq!(envelope.from().emails().next().unwrap().address(), "ann@example.org");
                assert_eq!(envelope.to().len(), 2);
                // Some decode it, unasked.
                let subject = envelope.subject().unwrap();
                let subject = subject.to_str();
                assert!([Some("=?utf-8?Q?Gr=C3=BC=C3=9Fe?= {5}"), Some("Grüße {5}")].contains(&subject), "{subject:?}");
                let leaves = row.body_structure().unwrap().leaves().into_iter().map(|(part, leaf)| format!("{part} {}/{}", leaf.media_type, leaf.subtype).to_lowercase()).collect::<Vec<_>>();
                assert_eq!(leaves, ["1 text/plain", "2 application/octet-stream"]);
                // pymap sends a disposition as it stands in the header.
                assert!(row.diagnostics().iter().all(|note| note.reason.contains("disposition")), "{:?}", row.diagnostics());
                let mut texts = 0;
                while let Some(mut body) = wait!(row.next_body())? {
                    texts += 1;
                    let name = body.name().to_string();
                    let bytes = wait!(body.to_bytes(1 << 20))?;
                    match name.as_str() {
                        "BODY[]" => assert_eq!(bytes, stored.as_bytes()),
                        // pymap counts the line end that belongs to the boundary.
                        "BODY[1]" => assert!(bytes == "Hello {3}" || (login.strips_returns && bytes == "Hello {3}\n")),
                        "BODY[TEXT]" => assert!(stored.as_bytes().ends_with(&bytes) && bytes.len() > 200),
                        "BODY[HEADER]" => assert!(stored.as_bytes().starts_with(&bytes) && bytes.len() > 200),
                        "BODY[2.MIME]" => assert!(bytes.starts_with(b"Content-Type: application")),
                        name if name.starts_with("BODY[HEADER.FIELDS (") => assert!(bytes.starts_with(b"Subject:")),
                        name if name.starts_with("BODY[HEADER.FIELDS.NOT (") => assert!(bytes.starts_with(b"From:")),
                        other => panic!("{other:?} was not asked for"),
                    }
                }
                assert_eq!(texts, 7);
            }
            assert_eq!(count, 2);
            Ok(Vec::new())
        }

        $($async)? fn fetch_numbers(login: &Login) -> Seen {
            login.need_numbers()?;
            let mut session = wait!(with_messages(login, 3))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all("2:*".parse::<SeqSet>()?, [FetchItem::Flags, FetchItem::Size]))?;
            assert_eq!(rows.iter().map(|row| (row.seq.unwrap().get(), row.uid.unwrap().get())).collect::<Vec<_>>(), [(2, 2), (3, 3)]);
            assert!(wait!(inbox.fetch_all(UidSet::new(), FetchItem::Flags))?.is_empty());
            assert!(wait!(inbox.fetch_all(uids("100:200"), FetchItem::Flags))?.is_empty());
            Ok(Vec::new())
        }

        $($async)? fn fetch_rfc822(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 2))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(uids("1"), FetchItem::Rfc822Header))?;
            assert!(stored.as_bytes().starts_with(rows[0].sections[0].data.as_bytes().unwrap()));
            let rows = wait!(inbox.fetch_all(uids("1"), FetchItem::Rfc822))?;
            assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), stored.as_bytes());
            let rows = wait!(inbox.fetch_all(uids("1"), FetchItem::Rfc822Text))?;
            assert!(stored.as_bytes().ends_with(rows[0].sections[0].data.as_bytes().unwrap()));
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::Flags))?;
            assert!(rows[0].flags.as_ref().unwrap().contains(&Flag::Seen) && !rows[1].flags.as_ref().unwrap().contains(&Flag::Seen));
            Ok(Vec::new())
        }

        $($async)? fn fetch_partial(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 1))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let length = stored.len() as u64;
            for (origin, count) in [(0, 1), (3, 10), (length - 5, 5), (length - 5, 500), (length, 5), (length + 100, 5), (0, 1 << 20)] {
                let item = FetchItem::Section { section: Section::message(), peek: true, partial: Some((origin, count)) };
                let rows = wait!(inbox.fetch_all(UidSet::all(), item))?;
                let section = &rows[0].sections[0];
                let at = |place: u64| usize::try_from(place.min(length)).unwrap();
                let (from, to) = (at(origin), at(origin + count));
                assert_eq!(section.data.as_bytes().map(|bytes| &bytes[..]).unwrap_or_default(), &stored.as_bytes()[from..to], "<{origin}.{count}>");
                // Some say no more than the name where there is nothing.
                assert!(section.origin == Some(origin) || from == to, "{section:?}");
            }
            Ok(Vec::new())
        }

        $($async)? fn fetch_binary(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 1))?;
            need(session.capabilities(), &[Capability::Binary])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let binary = |partial| FetchItem::Binary { part: Part::new([2]), peek: true, partial };
            let rows = wait!(inbox.fetch_all(UidSet::all(), [binary(None), FetchItem::BinarySize(Part::new([2]))]))?;
            assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), &[0, 1, 2, 3][..]);
            assert_eq!(rows[0].binary_sizes.len(), 1);
            assert_eq!(rows[0].binary_sizes[0].1, 4);
            let rows = wait!(inbox.fetch_all(UidSet::all(), binary(Some((1, 2)))))?;
            assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), &[1, 2][..]);
            Ok(Vec::new())
        }

        $($async)? fn fetch_mod_seq(login: &Login) -> Seen {
            let mut session = wait!(with_messages(login, 3))?;
            need(session.capabilities(), &[Capability::CondStore])?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let rows = wait!(inbox.fetch_all(UidSet::all(), FetchItem::ModSeq))?;
            let highest = rows.iter().filter_map(|row| row.mod_seq).max().unwrap();
            wait!(inbox.store(uids("2"), FlagChange::add(Flag::Flagged).silent()))?;
            let changed = command::Fetch::new(UidSet::all(), [FetchItem::Flags]).changed_since(highest);
            let rows = wait!(inbox.session().run(command::FetchAll::from(changed)))?.value;
            assert_eq!(flags_of(&rows), ["2 \\Flagged"]);
            assert!(rows[0].mod_seq.unwrap() > highest);
            Ok(Vec::new())
        }

        $($async)? fn fetch_others(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut seen = Vec::new();
            let mut session = wait!(with_messages(login, 1))?;
            let capabilities = session.capabilities().clone();
            let mut inbox = wait!(session.select("INBOX"))?;
            for (capability, item) in [
                (Capability::Preview, FetchItem::Preview),
                (Capability::SaveDate, FetchItem::SaveDate),
                (Capability::ObjectId, FetchItem::EmailId),
                (Capability::ObjectId, FetchItem::ThreadId),
                (Capability::ObjectIdPlus, FetchItem::ObjectIds),
            ] {
                if capabilities.has(capability) {
                    let rows = wait!(inbox.fetch_all(UidSet::all(), [item.clone(), FetchItem::Size]))?;
                    assert_eq!((rows.len(), rows[0].size), (1, Some(stored.len() as u64)));
                    let year = rows[0].save_date().map(|date| date.date().year());
                    assert!(item != FetchItem::SaveDate || year.is_some_and(|year| year > 2025), "{rows:?}");
                    assert!(item != FetchItem::ObjectIds || rows[0].email_id().is_some(), "{rows:?}");
                    seen.push(format!("{item:?}"));
                }
            }
            if seen.is_empty() {
                return Err(Box::new(Missing("PREVIEW")));
            }
            Ok(seen)
        }

        $($async)? fn stream(login: &Login) -> Seen {
            let stored = login.stored(MESSAGE);
            let mut session = wait!(with_messages(login, 1))?;
            let large = large_message();
            for _ in 0..3 {
                wait!(session.append("INBOX", AppendMessage::from(large.as_str())))?;
            }
            let large = login.stored(&large);
            let mut inbox = wait!(session.select("INBOX"))?;
            let items = [FetchItem::Flags, FetchItem::message(), FetchItem::body_peek(Section::text())];
            let mut rows = inbox.fetch(UidSet::all(), items.clone())?;
            let mut lengths = Vec::new();
            while let Some(mut row) = wait!(rows.next())? {
                assert!(row.uid().is_some());
                while let Some(mut body) = wait!(row.next_body())? {
                    let mut copy = Vec::new();
                    assert_eq!(Some(wait!(body.copy_to(&mut copy))?), body.length());
                    assert!(body.name().to_string() != "BODY[]" || copy == large.as_bytes() || copy == stored.as_bytes());
                    lengths.push(copy.len());
                }
            }
            drop(rows);
            assert_eq!(lengths.len(), 8);
            // Rows, texts and streams may be left half-read at any place.
            for rows_read in 0..4 {
                for chunks_read in 0..3 {
                    let mut rows = inbox.fetch(UidSet::all(), items.clone())?;
                    for _ in 0..rows_read {
                        let mut row = wait!(rows.next())?.unwrap();
                        if chunks_read > 0 {
                            let mut body = wait!(row.next_body())?.unwrap();
                            wait!(body.chunk())?;
                        }
                        if chunks_read > 1 {
                            wait!(row.finish())?;
                            assert_eq!(row.data().sections.len(), 2);
                        }
                    }
                    drop(rows);
                    assert_eq!(wait!(inbox.search(Search::all()))?.to_string(), "1:4");
                }
            }
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message())?;
            wait!(rows.next())?;
            let mut row = wait!(rows.next())?.unwrap();
            let error = wait!(wait!(row.next_body())?.unwrap().to_bytes(1000)).unwrap_err();
            assert!(error.is_limit());
            Ok(Vec::new())
        }

        $($async)? fn large_mailbox(login: &Login) -> Seen {
            const COUNT: u32 = 1500;
            let mut session = wait!(log_in(login))?;
            let name = wait!(beside(&mut session, "large"))?;
            wait!(session.create(&name))?;
            let seed = 25;
            for number in 0..seed {
                wait!(session.append("INBOX", AppendMessage::from(format!("Subject: {number}\r\n\r\n\r\n").as_str())))?;
            }
            let mut inbox = wait!(session.select("INBOX"))?;
            // Copying is quicker than so many APPENDs.
            for _ in 0..COUNT / seed {
                wait!(inbox.copy(UidSet::all(), &name))?;
            }
            let mut mailbox = wait!(session.select(&name))?;
            assert_eq!(mailbox.exists(), COUNT);
            assert_eq!(wait!(mailbox.search(Search::all()))?.len(), u64::from(COUNT));
            let mut rows = mailbox.fetch(UidSet::all(), [FetchItem::Flags, FetchItem::Envelope, FetchItem::BodyStructure, FetchItem::header()])?;
            let mut last = 0;
            while let Some(mut row) = wait!(rows.next())? {
                let number = row.uid().unwrap().get();
                assert_eq!(number, last + 1);
                assert_eq!(row.sequence_number().map(SeqNum::get), Some(number).filter(|_| !login.uid_only));
                last = number;
                assert_eq!(row.envelope().unwrap().subject().unwrap().to_str(), Some(((number - 1) % seed).to_string().as_str()));
                wait!(row.finish())?;
            }
            drop(rows);
            assert_eq!(last, COUNT);
            wait!(mailbox.store(uids("1:*"), FlagChange::add(Flag::Deleted).silent()))?;
            assert_eq!(wait!(mailbox.expunge())?, COUNT);
            Ok(Vec::new())
        }
    };
}
