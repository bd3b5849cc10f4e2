//! The connection after login.

/// Methods that are one command each.
macro_rules! command_methods {
    (async; $($method:tt)*) => { command_methods! { @each (async) $($method)* } };
    (; $($method:tt)*) => { command_methods! { @each () $($method)* } };
    (@each $async:tt) => {};
    (@each ($($async:ident)?)
        $(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $output:ty = $command:expr;
        $($rest:tt)*
    ) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// If an argument cannot be sent, the server refuses, or the connection fails.
        pub $($async)? fn $name(&mut self $(, $argument: $type)*) -> Result<$output> {
            let command = $command;
            let reply = wait!(self.run(command))?;
            Ok(FromReply::from_reply(reply))
        }

        command_methods! { @each ($($async)?) $($rest)* }
    };
}
pub(crate) use command_methods;

macro_rules! session_methods {
    ($($async:ident)?) => {
        impl Session {
            command_methods! { $($async)? ;
                /// Does nothing, and lets the server tell news: NOOP (RFC 9051, section 6.1.2).
                noop() -> Reply<()> = command::Noop;

                /// Asks what the server can do: CAPABILITY (RFC 9051, section 6.1.1).
                capability() -> Capabilities = command::CapabilityCommand::default();

                /// Tells who we are and asks who the server is: ID (RFC 2971).
                id(fields: Id) -> Id = command::IdCommand::new(fields);

                /// Asks where mailboxes lie: NAMESPACE (RFC 9051, section 6.3.10). It is not sent to servers that are known
                /// to close the connection at it ([`Error::is_unsupported`]).
                namespace() -> Namespaces = command::NamespaceCommand::default();

                /// Switches extensions on, by name; gives those that are on: ENABLE (RFC 9051, section 6.3.1).
                enable(names: &[&str]) -> Capabilities = command::Enable::new(names.iter().copied());

                /// Makes a mailbox: CREATE (RFC 9051, section 6.3.4).
                create(mailbox: impl IntoMailboxName) -> Reply<()> =
                    command::Create::new(mailbox.into_mailbox_name()?);

                /// Removes a mailbox and all messages in it: DELETE (RFC 9051, section 6.3.5).
                delete(mailbox: impl IntoMailboxName) -> Reply<()> =
                    command::Delete::new(mailbox.into_mailbox_name()?);

                /// Gives a mailbox another name: RENAME (RFC 9051, section 6.3.6).
                rename(from: impl IntoMailboxName, to: impl IntoMailboxName) -> Reply<()> =
                    command::Rename::new(from.into_mailbox_name()?, to.into_mailbox_name()?);

                /// Marks a mailbox as one that the user wants to see: SUBSCRIBE (RFC 9051, section 6.3.7).
                subscribe(mailbox: impl IntoMailboxName) -> Reply<()> =
                    command::Subscribe::new(mailbox.into_mailbox_name()?);

                /// Takes that mark away: UNSUBSCRIBE (RFC 9051, section 6.3.8).
                unsubscribe(mailbox: impl IntoMailboxName) -> Reply<()> =
                    command::Unsubscribe::new(mailbox.into_mailbox_name()?);

                /// The mailboxes that match the pattern, in which `*` stands for any text and `%` for any within one
                /// level: LIST (RFC 9051, section 6.3.9).
                list(pattern: impl IntoMailboxName) -> Vec<Listing> =
                    command::List::new(MailboxName::new("")?, pattern.into_mailbox_name()?);

                /// As [`list`](Self::list), of the mailboxes that the user subscribes to: LSUB (RFC 3501, section 6.3.9).
                lsub(pattern: impl IntoMailboxName) -> Vec<Listing> =
                    command::Lsub::new(MailboxName::new("")?, pattern.into_mailbox_name()?);

                /// Who may do what with a mailbox: GETACL (RFC 4314, section 3.3).
                get_acl(mailbox: impl IntoMailboxName) -> Acl = command::GetAcl::new(mailbox.into_mailbox_name()?);

                /// Changes what somebody may do with a mailbox: SETACL (RFC 4314, section 3.1).
                set_acl(mailbox: impl IntoMailboxName, identifier: &str, change: AclChange, rights: Rights) -> Reply<()> =
                    command::SetAcl::new(mailbox.into_mailbox_name()?, identifier, change, rights);

                /// Forgets somebody's rights: DELETEACL (RFC 4314, section 3.2).
                delete_acl(mailbox: impl IntoMailboxName, identifier: &str) -> Reply<()> =
                    command::DeleteAcl::new(mailbox.into_mailbox_name()?, identifier);

                /// Which rights can be given to somebody: LISTRIGHTS (RFC 4314, section 3.4).
                list_rights(mailbox: impl IntoMailboxName, identifier: &str) -> ListRights =
                    command::ListRightsCommand::new(mailbox.into_mailbox_name()?, identifier);

                /// What the user may do with a mailbox: MYRIGHTS (RFC 4314, section 3.5).
                my_rights(mailbox: impl IntoMailboxName) -> MyRights =
                    command::MyRightsCommand::new(mailbox.into_mailbox_name()?);

                /// The limits of a quota root; `None` if the server does not tell: GETQUOTA (RFC 9208, section 4.1.1).
                get_quota(root: &str) -> Option<Quota> = command::GetQuota::new(root);

                /// The quota roots of a mailbox, and the limits of each: GETQUOTAROOT (RFC 9208, section 4.1.2).
                get_quota_root(mailbox: impl IntoMailboxName) -> (QuotaRoots, Vec<Quota>) =
                    command::GetQuotaRoot::new(mailbox.into_mailbox_name()?);

                /// Sets the limits of a quota root, by the name of the resource: SETQUOTA (RFC 9208, section 4.1.3).
                set_quota(root: &str, limits: &[(&str, u64)]) -> Option<Quota> = command::SetQuota::new(
                    root,
                    limits.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect(),
                );

                /// Notes about a mailbox, or about the server by an empty name; `None` where an entry has no value:
                /// GETMETADATA (RFC 5464, section 4.2).
                get_metadata(mailbox: impl IntoMailboxName, entries: &[&str]) -> Vec<(ImapString, Option<Bytes>)> =
                    command::GetMetadata::new(mailbox.into_mailbox_name()?, entries.iter().copied());

                /// Writes notes about a mailbox, or about the server by an empty name; `None` removes an entry:
                /// SETMETADATA (RFC 5464, section 4.3).
                set_metadata(mailbox: impl IntoMailboxName, entries: &[(&str, Option<&[u8]>)]) -> Reply<()> =
                    command::SetMetadata::new(
                        mailbox.into_mailbox_name()?,
                        entries.iter().map(|(entry, value)| (*entry, value.map(<[u8]>::to_vec))),
                    );

                /// Notes about mailboxes on servers older than RFC 5464: GETANNOTATION.
                get_annotation(mailbox: impl IntoMailboxName, entry: &str, attribute: &str) -> Vec<Annotation> =
                    command::GetAnnotation::new(mailbox.into_mailbox_name()?, entry, attribute);

                /// Writes notes about a mailbox on servers older than RFC 5464; `None` removes an attribute:
                /// SETANNOTATION.
                set_annotation(mailbox: impl IntoMailboxName, entry: &str, attributes: &[(&str, Option<&str>)]) -> Reply<()> =
                    command::SetAnnotation::new(
                        mailbox.into_mailbox_name()?,
                        entry,
                        attributes.iter().map(|(name, value)| (*name, value.map(str::to_owned))),
                    );

                /// Goes on as another user, on servers that know it: PROXYAUTH.
                proxy_auth(user: &str) -> Reply<()> = command::ProxyAuth::new(user);
            }

            /// Figures of a mailbox that need not be open: STATUS (RFC 9051, section 6.3.11).
            ///
            /// # Errors
            /// If an argument cannot be sent, the server refuses, or the connection fails.
            pub $($async)? fn status(
                &mut self,
                mailbox: impl IntoMailboxName,
                items: &[StatusItem],
            ) -> Result<MailboxStatus> {
                let mailbox = mailbox.into_mailbox_name()?;
                let asked = front::StatusItems::new(items, self.capabilities());
                let reply = wait!(self.run(command::Status::new(mailbox, asked.to_send())))?;
                Ok(asked.complete(reply.value))
            }

            /// The mailboxes that match the pattern, each with its figures, in one round trip where the server has
            /// LIST-STATUS, else in two. A mailbox that cannot be opened, or whose STATUS is refused, has none.
            ///
            /// # Errors
            /// If the server refuses LIST, or the connection fails.
            pub $($async)? fn list_status(
                &mut self,
                pattern: impl IntoMailboxName,
                items: &[StatusItem],
            ) -> Result<Vec<(Listing, Option<MailboxStatus>)>> {
                let pattern = pattern.into_mailbox_name()?;
                let asked = front::StatusItems::new(items, self.capabilities());
                if self.capabilities().has(Capability::ListStatus) {
                    let status = command::ListReturn::Status(asked.to_send());
                    let returned = front::attributes(self.capabilities()).into_iter().chain([status]);
                    let extended = command::ListExtended::new([pattern.clone()]).returning(returned);
                    if let Some(found) = wait!(self.try_list(extended))? {
                        let complete = |status: MailboxStatus| asked.complete(status);
                        return Ok(found.into_iter().map(|(listing, status)| (listing, status.map(complete))).collect());
                    }
                }
                /// So many are begun at a time.
                const AT_ONCE: usize = 256;
                let mut listings = wait!(self.list(pattern))?.into_iter();
                let mut found = Vec::with_capacity(listings.len());
                let mut begun = VecDeque::new();
                loop {
                    while begun.len() < AT_ONCE && let Some(listing) = listings.next() {
                        let ticket = match listing.is_selectable() {
                            true => Some(self.start(command::Status::new(listing.name.clone(), asked.to_send()))?),
                            false => None,
                        };
                        self.connection.current.extend(ticket.as_ref().map(Ticket::id));
                        begun.push_back((listing, ticket));
                    }
                    let Some((listing, ticket)) = begun.pop_front() else { return Ok(found) };
                    let status = match ticket {
                        None => None,
                        Some(ticket) => match wait!(self.connection.finish(&ticket)) {
                            Ok(reply) => Some(asked.complete(reply.value)),
                            Err(error) if error.is_no() || error.is_bad() => None,
                            Err(error) => return Err(error),
                        },
                    };
                    found.push((listing, status));
                }
            }

            /// The mailboxes that the user subscribes to, also those that are not there any more: LIST with a selection
            /// where the server has LIST-EXTENDED, else LSUB.
            ///
            /// # Errors
            /// If the server refuses, or the connection fails.
            pub $($async)? fn list_subscribed(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
                let capabilities = self.capabilities();
                let rev2 = capabilities.has(Capability::Imap4Rev2);
                let pattern = pattern.into_mailbox_name()?;
                if !capabilities.has(Capability::ListExtended) && !rev2 {
                    return wait!(self.lsub(pattern));
                }
                let command = command::ListExtended::new([pattern.clone()]);
                match wait!(self.try_list(command.select([command::ListSelection::Subscribed])))? {
                    Some(found) => Ok(found.into_iter().map(|(listing, _)| listing).collect()),
                    // IMAP4rev2 has no LSUB.
                    None => match wait!(self.lsub(pattern)) {
                        Err(error) if rev2 && error.is_bad() => Ok(Vec::new()),
                        result => result,
                    },
                }
            }

            /// The mailboxes with a special use, such as `\Sent`: LIST with a selection where the server has SPECIAL-USE
            /// (RFC 6154), else those of all that LIST tells it of.
            ///
            /// # Errors
            /// If the server refuses, or the connection fails.
            pub $($async)? fn list_special_use(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
                let pattern = pattern.into_mailbox_name()?;
                if self.capabilities().has(Capability::SpecialUse) {
                    let command = command::ListExtended::new([pattern.clone()]);
                    if let Some(found) = wait!(self.try_list(command.select([command::ListSelection::SpecialUse])))? {
                        return Ok(found.into_iter().map(|(listing, _)| listing).collect());
                    }
                }
                let mut all = wait!(self.list(pattern))?;
                all.retain(|listing| listing.attributes.iter().any(|attribute| attribute.is_special_use()));
                Ok(all)
            }

            /// What an extended LIST finds; `None` if that is nothing, or the server does not understand, for both happens
            /// where the plain command works.
            $($async)? fn try_list(
                &mut self,
                command: command::ListExtended,
            ) -> Result<Option<Vec<(Listing, Option<MailboxStatus>)>>> {
                match wait!(self.run(command)) {
                    Ok(reply) if reply.value.is_empty() => Ok(None),
                    Ok(reply) => Ok(Some(reply.value)),
                    Err(error) if error.is_bad() => Ok(None),
                    Err(error) => Err(error),
                }
            }

            /// Opens a mailbox for reading and writing: SELECT (RFC 9051, section 6.3.2).
            ///
            /// The server may open it for reading only: see [`Mailbox::is_read_only`].
            ///
            /// # Errors
            /// If the server refuses, or the connection fails. No mailbox is open then.
            pub $($async)? fn select(&mut self, mailbox: impl IntoMailboxName) -> Result<Mailbox<'_>> {
                let command = command::Select::new(mailbox.into_mailbox_name()?);
                wait!(self.connection.run(command))?;
                let selection = self.connection.engine.selection_epoch();
                Ok(Mailbox { session: self, selection })
            }

            /// Opens a mailbox for reading only: EXAMINE (RFC 9051, section 6.3.3).
            ///
            /// # Errors
            /// If the server refuses, or the connection fails. No mailbox is open then.
            pub $($async)? fn examine(&mut self, mailbox: impl IntoMailboxName) -> Result<Mailbox<'_>> {
                let command = command::Select::read_only(mailbox.into_mailbox_name()?);
                wait!(self.connection.run(command))?;
                let selection = self.connection.engine.selection_epoch();
                Ok(Mailbox { session: self, selection })
            }

            /// The mailbox that was opened last, if it is still open: for a program that keeps the session, and not the
            /// handle, between its calls.
            pub fn open_mailbox(&mut self) -> Option<Mailbox<'_>> {
                self.connection.engine.mailbox()?;
                let selection = self.connection.engine.selection_epoch();
                Some(Mailbox { session: self, selection })
            }

            /// Runs any command, also one of your own.
            ///
            /// # Errors
            /// If it is one that has a call of its own, such as APPEND, FETCH as a stream, or IDLE
            /// ([`Error::is_bad_argument`]); if an argument cannot be sent, the server refuses, or the connection fails.
            pub $($async)? fn run<C: Command>(&mut self, command: C) -> Result<Reply<C::Output>> {
                front::can_run(&command.role())?;
                wait!(self.connection.run(command))
            }

            /// Begins a command without waiting for its answer: several can be on the way together. Give the ticket to
            /// [`finish`](Self::finish).
            ///
            /// Commands that could be mistaken for each other, or disturb each other, are held back until those before
            /// them are answered (RFC 9051, section 5.5).
            ///
            /// # Errors
            /// As for [`run`](Self::run), before anything is sent.
            pub fn start<C: Command>(&mut self, command: C) -> Result<Ticket<C>> {
                front::can_run(&command.role())?;
                Ok(self.connection.engine.start(command)?)
            }

            /// Waits for the answer to a command that was [started](Self::start).
            ///
            /// # Errors
            /// If the server refuses, or the connection fails.
            pub $($async)? fn finish<C: Command>(&mut self, ticket: Ticket<C>) -> Result<Reply<C::Output>> {
                self.connection.give_up_current();
                self.connection.current.push(ticket.id());
                wait!(self.connection.finish(&ticket))
            }

            /// What the server can do.
            #[must_use]
            pub fn capabilities(&self) -> &Capabilities {
                self.connection.engine.capabilities()
            }

            /// Whether names of mailboxes and quoted texts travel as UTF-8, because UTF8=ACCEPT or IMAP4rev2 was
            /// [enabled](Self::enable) (RFC 9755, RFC 9051).
            #[must_use]
            pub fn utf8_enabled(&self) -> bool {
                self.connection.engine.utf8_enabled()
            }

            /// What the server said first.
            #[must_use]
            pub fn greeting(&self) -> Option<&StatusResponse> {
                self.connection.engine.greeting()
            }

            /// The TLS session, if there is one.
            #[must_use]
            pub fn tls(&self) -> Option<&TlsInfo> {
                self.connection.tls.as_ref()
            }

            /// The oldest of what the server said unasked, if anything is left. It does not wait: to hear news, send
            /// [`noop`](Self::noop), or [`idle`](Mailbox::idle) in a mailbox.
            pub fn next_event(&mut self) -> Option<Event> {
                self.connection.engine.next_event()
            }

            /// How many events were dropped because nobody took them; counts from zero again.
            pub fn take_dropped_event_count(&mut self) -> u64 {
                self.connection.engine.take_dropped_event_count()
            }

            /// Tells `trace` of each line that goes out and comes in from now on, secrets replaced.
            pub fn set_trace(&mut self, trace: Box<dyn Trace>) {
                self.connection.engine.set_trace(trace);
            }

            /// Compresses both directions from now on: COMPRESS=DEFLATE (RFC 4978). It helps on slow lines, and for much
            /// text; on fast ones it costs more than it gives. If the call is dropped, the connection is over.
            ///
            /// # Errors
            /// If the server does not offer it ([`Error::is_unsupported`]), commands that were started are not finished
            /// ([`Error::is_bad_argument`]), the server refuses, or the connection fails.
            #[cfg(feature = "compress")]
            pub $($async)? fn compress(&mut self) -> Result<()> {
                if !self.capabilities().has(Capability::CompressDeflate) {
                    return Err(Error::not_offered(Capability::CompressDeflate));
                }
                self.connection.give_up_current();
                if self.connection.engine.has_started() {
                    return Err(Error::argument("commands were started and not finished: finish them before compression"));
                }
                wait!(self.connection.run(command::Compress))?;
                self.connection.compress()
            }

            /// Says good-bye and closes the connection: LOGOUT (RFC 9051, section 6.1.3).
            ///
            /// # Errors
            /// If the connection fails before the server answered.
            pub $($async)? fn logout(mut self) -> Result<()> {
                wait!(self.connection.logout())
            }
        }
    };
}

pub(crate) use session_methods;
