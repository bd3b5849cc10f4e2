//! The mailbox that is open.

macro_rules! mailbox_methods {
    ($($async:ident)?) => {
        impl<'s> Mailbox<'s> {
            /// What is known of the mailbox, up to date with the last response.
            ///
            /// `None` if it is not open any more: the server closed it while the connection goes on, or another one was
            /// opened.
            #[must_use]
            pub fn view(&self) -> Option<&SelectedMailbox> {
                let engine = &self.session.connection.engine;
                engine.mailbox().filter(|_| engine.selection_epoch() == self.selection)
            }

            /// How many messages it holds.
            #[must_use]
            pub fn exists(&self) -> u32 {
                self.view().map_or(0, |view| view.exists)
            }

            /// The UIDVALIDITY: as long as it is the same, so are the UIDs. `None` if UIDs do not last here.
            #[must_use]
            pub fn uid_validity(&self) -> Option<u64> {
                self.view().and_then(|view| view.uid_validity)
            }

            /// The UID that the next message gets, as of when the mailbox was opened.
            #[must_use]
            pub fn uid_next(&self) -> Option<u64> {
                self.view().and_then(|view| view.uid_next)
            }

            /// The highest modification sequence, if the mailbox has them (RFC 7162).
            #[must_use]
            pub fn highest_mod_seq(&self) -> Option<u64> {
                self.view().and_then(|view| view.highest_mod_seq)
            }

            /// Whether nothing can be changed. It can become so while the mailbox is open.
            #[must_use]
            pub fn is_read_only(&self) -> bool {
                self.view().is_none_or(|view| view.read_only)
            }

            /// The session, for commands about other mailboxes. Selecting another one there closes this one: its commands
            /// then fail ([`Error::is_bad_argument`]) and touch nothing.
            pub fn session(&mut self) -> &mut Session {
                self.session
            }

            /// The unique identifiers of the messages that meet the conditions: UID SEARCH (RFC 9051, section 6.4.4).
            ///
            /// # Errors
            /// If the conditions cannot be sent, the server refuses, or the connection fails.
            pub $($async)? fn search(&mut self, conditions: Search) -> Result<UidSet> {
                let command = command::UidSearch::new(conditions);
                let command = if self.has_esearch() { command.extended() } else { command };
                wait!(self.run_search(command.clone(), command.without_charset()))
            }

            /// The sequence numbers of the messages that meet the conditions: SEARCH (RFC 9051, section 6.4.4).
            ///
            /// # Errors
            /// If the conditions cannot be sent, the server refuses, or the connection fails.
            pub $($async)? fn search_numbers(&mut self, conditions: Search) -> Result<SeqSet> {
                let command = command::SeqSearch::new(conditions);
                let command = if self.has_esearch() { command.extended() } else { command };
                wait!(self.run_search(command.clone(), command.without_charset()))
            }

            /// What is wanted of the result of a search: the lowest, the highest, how many, all; or keeps the result for the
            /// next commands, which then take [`MessageSet::SavedSearch`] (RFC 9051, section 6.4.4).
            ///
            /// # Errors
            /// If the server has no ESEARCH, or no SEARCHRES where the result is to be kept ([`Error::is_unsupported`]);
            /// if it refuses, or the connection fails.
            pub $($async)? fn search_return(
                &mut self,
                conditions: Search,
                wanted: &[SearchReturn],
            ) -> Result<ExtendedSearch> {
                let capabilities = self.session.capabilities();
                let rev2 = capabilities.has(Capability::Imap4Rev2);
                if !self.has_esearch() {
                    return Err(Error::not_offered(Capability::ESearch));
                }
                if wanted.contains(&SearchReturn::Save) && !rev2 && !capabilities.has(Capability::SearchRes) {
                    return Err(Error::not_offered(Capability::SearchRes));
                }
                let command = command::UidSearchReturn::new(conditions, wanted);
                wait!(self.run_search(command.clone(), command.without_charset()))
            }

            /// Runs a search; where the server does not know UTF-8 by name, once more without the name.
            $($async)? fn run_search<C: Command>(&mut self, command: C, without_charset: C) -> Result<C::Output> {
                let refused = match wait!(self.selected()?.run(command)) {
                    Err(error) if matches!(error.code(), Some(ResponseCode::BadCharset(_))) => error,
                    result => return Ok(result?.value),
                };
                match wait!(self.selected()?.run(without_charset)) {
                    Err(error) if error.is_no() || error.is_bad() => Err(refused),
                    result => Ok(result?.value),
                }
            }

            /// The messages that meet the conditions, sorted: UID SORT (RFC 5256).
            ///
            /// # Errors
            /// If the server has no SORT ([`Error::is_unsupported`]), refuses, or the connection fails.
            pub $($async)? fn sort(
                &mut self,
                order: impl IntoIterator<Item = impl Into<SortBy>>,
                conditions: Search,
            ) -> Result<Vec<Uid>> {
                if !self.session.capabilities().has(Capability::Sort) {
                    return Err(Error::not_offered(Capability::Sort));
                }
                let order: Vec<SortBy> = order.into_iter().map(Into::into).collect();
                Ok(wait!(self.selected()?.run(command::UidSort::new(order, conditions)))?.value)
            }

            /// The messages that meet the conditions, in threads; the numbers are UIDs: UID THREAD (RFC 5256).
            ///
            /// # Errors
            /// If the server does not list the algorithm ([`Error::is_unsupported`]), refuses, or the connection fails.
            pub $($async)? fn thread(&mut self, algorithm: ThreadAlgorithm, conditions: Search) -> Result<Threads> {
                if !self.session.capabilities().has_name(algorithm.capability()) {
                    return Err(Error::new(Reason::NotOffered(algorithm.capability(), "")));
                }
                Ok(wait!(self.selected()?.run(command::UidThread::new(algorithm, conditions)))?.value)
            }

            /// Data of messages as a stream of rows: FETCH (RFC 9051, section 6.4.5). The UID is always among the
            /// items. Messages that are no longer there have no row; an empty set has none at all.
            ///
            /// # Errors
            /// If the items cannot be sent, or the connection is over.
            pub fn fetch(&mut self, messages: impl Into<MessageSet>, items: impl Into<FetchItems>) -> Result<Rows<'_>> {
                let items = items.into();
                let again = self.without_rfc822(&items);
                let parts = front::parts(&messages.into());
                let with = |items: &FetchItems| {
                    parts.iter().map(|part| command::FetchCommand::new(part.clone(), items.clone())).collect()
                };
                let (waiting, again) = (with(&items), again.as_ref().map(with).unwrap_or_default());
                let connection = &mut self.selected()?.connection;
                connection.give_up_current();
                let state = RowsState { ticket: None, waiting, again, open: false, dropped: false };
                Ok(Rows { connection, state, last: None, diagnostics: Vec::new() })
            }

            /// Data of messages, collected, for answers that are known to be small; see [`fetch`](Self::fetch).
            ///
            /// # Errors
            /// If the items cannot be sent, the server refuses, or the connection fails. The rows that had come before are
            /// with the error: [`Error::partial_rows`].
            pub $($async)? fn fetch_all(
                &mut self,
                messages: impl Into<MessageSet>,
                items: impl Into<FetchItems>,
            ) -> Result<Vec<Fetch>> {
                let items = items.into();
                let parts = front::parts(&messages.into());
                let rows = wait!(self.collect(&parts, &items))?;
                match self.without_rfc822(&items) {
                    Some(items) if rows.is_empty() => wait!(self.collect(&parts, &items)),
                    _ => Ok(rows),
                }
            }

            $($async)? fn collect(&mut self, parts: &[MessageSet], items: &FetchItems) -> Result<Vec<Fetch>> {
                let mut rows = Vec::new();
                for part in parts {
                    let command = command::FetchAll::from(command::FetchCommand::new(part.clone(), items.clone()));
                    match wait!(self.selected()?.run(command)) {
                        Ok(reply) => rows.extend(reply.value),
                        Err(error) => return Err(error.after_rows(rows)),
                    }
                }
                Ok(rows)
            }

            /// What to ask for if nothing came of these items: iCloud does not answer RFC822.
            fn without_rfc822(&self, items: &FetchItems) -> Option<FetchItems> {
                let capabilities = self.session.capabilities();
                let knows = capabilities.has(Capability::Imap4Rev1) || capabilities.has(Capability::Imap4Rev2);
                items.without_rfc822().filter(|_| knows)
            }

            /// Changes flags: STORE (RFC 9051, section 6.4.6). Gives the messages with the flags that they have now.
            ///
            /// # Errors
            /// If the mailbox is read-only ([`Error::is_read_only`]), a flag cannot be set by a client, the server
            /// refuses, or the connection fails. The rows that had come before are with the error:
            /// [`Error::partial_rows`].
            pub $($async)? fn store(&mut self, messages: impl Into<MessageSet>, change: Store) -> Result<Vec<Fetch>> {
                let mut rows = Vec::new();
                for (at, part) in front::parts(&messages.into()).into_iter().enumerate() {
                    let stored = wait!(self.writable()?.run(command::StoreCommand::new(part, change.clone())));
                    match stored {
                        Ok(reply) => rows.extend(reply.value),
                        Err(error) => return Err(error.after_a_part(at > 0).after_rows(rows)),
                    }
                }
                Ok(rows)
            }

            /// Copies messages into another mailbox: COPY (RFC 9051, section 6.4.7). Tells where the copies are if the
            /// server does.
            ///
            /// # Errors
            /// If the server refuses ([`ResponseCode::TryCreate`]: the target must be made first), or the connection
            /// fails.
            pub $($async)? fn copy(
                &mut self,
                messages: impl Into<MessageSet>,
                target: impl IntoMailboxName,
            ) -> Result<Option<CopyUid>> {
                let target = target.into_mailbox_name()?;
                let mut copied = Copied::default();
                for (at, part) in front::parts(&wait!(self.by_uid(messages.into()))?).into_iter().enumerate() {
                    let part = wait!(self.selected()?.run(command::Copy::new(part, target.clone())));
                    copied.add(part.map_err(|error| error.after_a_part(at > 0))?.value);
                }
                Ok(copied.all)
            }

            /// Moves messages into another mailbox: MOVE (RFC 9051, section 6.4.8), or COPY, STORE and UID EXPUNGE
            /// where the server has no MOVE. Tells where the messages are now if the server does.
            ///
            /// # Errors
            /// If the server has neither MOVE nor UIDPLUS ([`Error::is_unsupported`]), for then others' messages could
            /// be removed; if it refuses, or the connection fails.
            pub $($async)? fn move_to(
                &mut self,
                messages: impl Into<MessageSet>,
                target: impl IntoMailboxName,
            ) -> Result<Option<CopyUid>> {
                let target = target.into_mailbox_name()?;
                let messages = messages.into();
                self.writable()?;
                let capabilities = self.session.capabilities();
                if !capabilities.has(Capability::Move) && !capabilities.has(Capability::Imap4Rev2) {
                    return wait!(self.copy_and_expunge(messages, target));
                }
                let mut moved = Copied::default();
                for (at, part) in front::parts(&wait!(self.by_uid(messages))?).into_iter().enumerate() {
                    let part = wait!(self.writable()?.run(command::Move::new(part, target.clone())));
                    moved.add(part.map_err(|error| error.after_a_part(at > 0))?.value);
                }
                Ok(moved.all)
            }

            $($async)? fn copy_and_expunge(&mut self, messages: MessageSet, target: MailboxName) -> Result<Option<CopyUid>> {
                self.need_uid_expunge()?;
                // What arrives from now on must not go: the set is made once, and only what was copied is removed.
                let asked = match &messages {
                    MessageSet::Uids(uids) if !uids.is_open() => Some(uids.clone()),
                    _ => None,
                };
                let here = match messages {
                    MessageSet::Uids(uids) => Search::new().uids(uids),
                    MessageSet::Seqs(numbers) => Search::new().sequence_numbers(numbers),
                    MessageSet::SavedSearch => return Err(Error::not_offered(Capability::Move)),
                };
                let found = wait!(self.search(here))?;
                // A server that finds more must not make this remove more.
                let uids = asked.map_or_else(|| found.clone(), |asked| found.intersection(&asked));
                let copied = wait!(self.copy(&uids, target))?;
                let gone = copied.as_ref().map_or_else(|| uids.clone(), |copied| copied.source.to_set().intersection(&uids));
                let marked = wait!(self.store(&gone, Store::add(Flag::Deleted).silent()));
                marked.map_err(|error| error.after_a_part(true))?;
                wait!(self.expunge_uids(&gone)).map_err(|error| error.after_a_part(true))?;
                Ok(copied)
            }

            /// Removes all messages with `\Deleted`, whoever set it: EXPUNGE (RFC 9051, section 6.4.3). Gives how many
            /// messages went; which ones is among the events.
            ///
            /// # Errors
            /// If the mailbox is read-only ([`Error::is_read_only`]), the server refuses, or the connection fails.
            pub $($async)? fn expunge(&mut self) -> Result<u32> {
                Ok(wait!(self.writable()?.run(command::Expunge::default()))?.value)
            }

            /// Removes those of the messages that have `\Deleted`: UID EXPUNGE (RFC 4315, section 2.1). Gives how many
            /// messages went; which ones is among the events.
            ///
            /// # Errors
            /// If the server has no UIDPLUS ([`Error::is_unsupported`]), refuses, or the connection fails.
            pub $($async)? fn expunge_uids(&mut self, uids: &UidSet) -> Result<u32> {
                self.need_uid_expunge()?;
                let mut count = 0u32;
                for (at, part) in front::parts(&uids.into()).into_iter().enumerate() {
                    if let MessageSet::Uids(uids) = part {
                        let gone = wait!(self.writable()?.run(command::UidExpunge::new(uids)));
                        count = count.saturating_add(gone.map_err(|error| error.after_a_part(at > 0))?.value);
                    }
                }
                Ok(count)
            }

            /// Lets the server tell what is new, among it what was expunged: NOOP (RFC 9051, section 6.1.2).
            ///
            /// # Errors
            /// If the connection fails.
            pub $($async)? fn noop(&mut self) -> Result<Reply<()>> {
                wait!(self.selected()?.run(command::Noop))
            }

            /// Asks for a checkpoint: CHECK (RFC 3501, section 6.4.1). For news, `noop` is enough.
            ///
            /// # Errors
            /// If the server refuses, or the connection fails.
            pub $($async)? fn check(&mut self) -> Result<Reply<()>> {
                wait!(self.selected()?.run(command::Check))
            }

            /// Waits for news: IDLE (RFC 9051, section 6.3.13), or NOOP now and then where the server has no IDLE.
            pub fn idle(&mut self) -> Idle<'_> {
                let connection = &mut self.session.connection;
                connection.give_up_current();
                let capabilities = connection.engine.capabilities();
                let offered = capabilities.has(Capability::Idle) || capabilities.has(Capability::Imap4Rev2);
                Idle { connection, ticket: None, since: Instant::now(), offered, selection: self.selection }
            }

            /// Removes all messages with `\Deleted` without telling which, and leaves the mailbox: CLOSE (RFC 9051,
            /// section 6.4.1). A mailbox that is read-only is only left.
            ///
            /// # Errors
            /// If the server refuses, or the connection fails.
            pub $($async)? fn close(mut self) -> Result<()> {
                wait!(self.selected()?.run(command::Close)).map(drop)
            }

            /// Leaves the mailbox and removes nothing: UNSELECT (RFC 9051, section 6.4.2), or EXAMINE and CLOSE where the
            /// server has no UNSELECT.
            ///
            /// # Errors
            /// If the server refuses, or the connection fails.
            pub $($async)? fn unselect(mut self) -> Result<()> {
                let capabilities = self.session.capabilities();
                if capabilities.has(Capability::Unselect) || capabilities.has(Capability::Imap4Rev2) {
                    return wait!(self.selected()?.run(command::Unselect)).map(drop);
                }
                self.selected()?;
                let Some(name) = self.view().map(|view| view.name.clone()) else { return Ok(()) };
                let connection = &mut self.selected()?.connection;
                wait!(connection.run(command::Select::read_only(name)))?;
                wait!(connection.run(command::Close)).map(drop)
            }

            /// The session, if this is still the mailbox that is open.
            fn selected(&mut self) -> Result<&mut Session> {
                if self.session.connection.engine.selection_epoch() != self.selection {
                    return Err(front::not_open());
                }
                Ok(self.session)
            }

            /// The session, if the mailbox is open and messages in it can be changed.
            fn writable(&mut self) -> Result<&mut Session> {
                if self.view().is_some_and(SelectedMailbox::refuses_changes) {
                    return Err(Error::new(Reason::ReadOnly));
                }
                self.selected()
            }

            /// The messages by UID, where parts of the set of sequence numbers would be renumbered by the parts before.
            $($async)? fn by_uid(&mut self, messages: MessageSet) -> Result<MessageSet> {
                match &messages {
                    MessageSet::Seqs(numbers) if front::parts(&messages).len() > 1 => {
                        let numbers = Search::new().sequence_numbers(numbers.clone());
                        Ok(MessageSet::Uids(wait!(self.search(numbers))?))
                    }
                    _ => Ok(messages),
                }
            }

            fn has_esearch(&self) -> bool {
                let capabilities = self.session.capabilities();
                capabilities.has(Capability::ESearch) || capabilities.has(Capability::Imap4Rev2)
            }

            fn need_uid_expunge(&self) -> Result<()> {
                let capabilities = self.session.capabilities();
                if capabilities.has(Capability::UidPlus) || capabilities.has(Capability::Imap4Rev2) {
                    return Ok(());
                }
                Err(Error::new(Reason::NotOffered(
                    Capability::UidPlus.name(),
                    ": single messages cannot be removed safely, only all that are marked (expunge)",
                )))
            }
        }
    };
}

pub(crate) use mailbox_methods;
