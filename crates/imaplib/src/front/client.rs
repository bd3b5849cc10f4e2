//! The connection before login.

macro_rules! client_methods {
    ($($async:ident)?) => {
        impl Client {
            /// Connects to the server that the text names; see [`Endpoint`] for its forms.
            ///
            /// # Errors
            /// If the text is no address, the server cannot be reached, TLS fails, or it is no IMAP server.
            pub $($async)? fn connect(address: impl AsRef<str>) -> Result<Self> {
                let endpoint: Endpoint = address.as_ref().parse()?;
                wait!(Self::open(&endpoint, &ConnectOptions::default()))
            }

            /// Connects to the server with options.
            ///
            /// # Errors
            /// If the server cannot be reached, TLS fails, STARTTLS cannot be had where it is asked for, or it is no
            /// IMAP server.
            pub $($async)? fn open(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Self> {
                let mut connection = wait!(Connection::open(endpoint, options))?;
                let greeted = wait!(connection.greet());
                greeted.map_err(|error| error.with_client_certificate(connection.client_certificate))?;
                if let Way::StartTls(address) = &endpoint.way {
                    wait!(connection.start_tls(&address.host, options))?;
                }
                let mut client = Self { connection };
                // With TLS 1.3 a server reports only now that it misses a client certificate.
                let known = wait!(client.connection.know_capabilities());
                known.map_err(|error| error.with_client_certificate(client.connection.client_certificate))?;
                Ok(client)
            }

            /// What the server said first.
            #[must_use]
            pub fn greeting(&self) -> Option<&StatusResponse> {
                self.connection.engine.greeting()
            }

            /// What the server can do before login.
            #[must_use]
            pub fn capabilities(&self) -> &Capabilities {
                self.connection.engine.capabilities()
            }

            /// The TLS session, if there is one.
            #[must_use]
            pub fn tls(&self) -> Option<&TlsInfo> {
                self.connection.tls.as_ref()
            }

            /// Whether the server knows the user already and wants no login (PREAUTH).
            #[must_use]
            pub fn is_preauthenticated(&self) -> bool {
                self.connection.engine.state() == State::Authenticated
            }

            /// Goes on without a login, on a connection that is [preauthenticated](Self::is_preauthenticated).
            ///
            /// # Errors
            /// If the server wants a login.
            pub $($async)? fn into_session(mut self) -> Result<Session> {
                if !self.is_preauthenticated() {
                    return Err(Error::argument("the server wants a login first"));
                }
                wait!(self.connection.know_capabilities())?;
                let mut session = Session { connection: self.connection };
                let engine = &session.connection.engine;
                if engine.profile().requires_id && engine.capabilities().has_name("ID") {
                    let name = Id::new().with("name", "imaplib")?.with("version", env!("CARGO_PKG_VERSION"))?;
                    match wait!(session.id(name)) {
                        Err(error) if !error.is_no() && !error.is_bad() => return Err(error),
                        _ => {}
                    }
                }
                Ok(session)
            }

            /// Logs in by the strongest way that the server offers: SCRAM, CRAM-MD5, PLAIN, LOGIN.
            ///
            /// Where others can read the connection, a way that shows them the password is taken only if there is no
            /// other. Where nobody can, and the server refuses a stronger way without saying that the password is
            /// wrong, PLAIN or LOGIN is tried once: there are servers that offer SCRAM without being set up for it.
            ///
            /// # Errors
            /// If the server refuses ([`Error::is_authentication`]), or offers no way. The connection is then closed.
            pub $($async)? fn login(mut self, user: &str, password: &str) -> Result<Session> {
                if self.is_preauthenticated() {
                    return wait!(self.into_session());
                }
                let attempts = login::attempts(self.capabilities(), user, password, self.connection.private)?;
                let mut refused = None;
                let mut passes_hidden = false;
                for attempt in attempts {
                    if passes_hidden && !attempt.reveals_secret() {
                        continue;
                    }
                    let is_last = attempt.reveals_secret();
                    let result = match attempt {
                        Attempt::Sasl(mechanism) => wait!(self.try_authenticate(mechanism)),
                        Attempt::Command => wait!(self.try_login(user, password)),
                    };
                    match result {
                        Ok(()) => return wait!(self.into_session()),
                        // It is neither the mechanism nor the password.
                        Err(error) if error.refusal_hint().is_some() => return Err(error),
                        // Another mechanism may work where this one is not set up, but no other password will.
                        Err(error) if error.is_bad() || matches!(error.code(), Some(ResponseCode::Cannot)) => {
                            refused.get_or_insert(error);
                        }
                        // A refusal without a reason may be the mechanism's fault: servers offer those for which they
                        // keep no secrets. One more attempt tells, and only one: passwords are locked after a few.
                        Err(error) if error.is_no() && error.code().is_none() && !is_last => {
                            passes_hidden = true;
                            refused.get_or_insert(error);
                        }
                        Err(error) => return Err(error),
                    }
                }
                Err(refused.unwrap_or_else(|| Error::new(Reason::LoginDisabled)))
            }

            /// Logs in with the LOGIN command, which sends the password as it is (RFC 9051, section 6.2.3).
            ///
            /// # Errors
            /// If the server refuses, or forbids it by LOGINDISABLED. The connection is then closed.
            pub $($async)? fn login_command(mut self, user: &str, password: &str) -> Result<Session> {
                wait!(self.try_login(user, password))?;
                wait!(self.into_session())
            }

            /// Logs in by a SASL mechanism (RFC 9051, section 6.2.2).
            ///
            /// # Errors
            /// If the server refuses, or the exchange fails. The connection is then closed.
            pub $($async)? fn authenticate(mut self, mechanism: impl Mechanism) -> Result<Session> {
                wait!(self.try_authenticate(Box::new(mechanism)))?;
                wait!(self.into_session())
            }

            /// Runs a command that changes nothing about the connection, such as [`IdCommand`](command::IdCommand).
            ///
            /// # Errors
            /// If it is another command ([`Error::is_bad_argument`]), the server refuses, or the connection fails.
            pub $($async)? fn run<C: Command>(&mut self, command: C) -> Result<Reply<C::Output>> {
                if !matches!(command.role(), Role::Plain | Role::Named(_) | Role::Alone) {
                    return Err(Error::argument("the command has a call of its own, or makes sense only after login"));
                }
                wait!(self.connection.run(command))
            }

            /// Says good-bye and closes the connection.
            ///
            /// # Errors
            /// If the connection fails before the server answered.
            pub $($async)? fn logout(mut self) -> Result<()> {
                wait!(self.connection.logout())
            }

            $($async)? fn try_authenticate(&mut self, mechanism: Box<dyn Mechanism>) -> Result<()> {
                let initial = self.capabilities().has(Capability::SaslIr);
                let command = command::Authenticate::new(mechanism, initial);
                let result = wait!(self.connection.run(command)).map(drop);
                result.map_err(|error| error.of_login(self.connection.engine.status_events()))
            }

            $($async)? fn try_login(&mut self, user: &str, password: &str) -> Result<()> {
                if self.capabilities().has(Capability::LoginDisabled) {
                    return Err(Error::new(Reason::LoginDisabled));
                }
                let command = command::Login::new(user, password);
                let result = wait!(self.connection.run(command)).map(drop);
                result.map_err(|error| error.of_login(self.connection.engine.status_events()))
            }
        }

        impl Connection {
            $($async)? fn greet(&mut self) -> Result<()> {
                let deadline = after(self.timeouts.greeting);
                while self.engine.state() == State::Greeting {
                    if wait!(self.step_before(deadline))?.is_none() {
                        return Err(Error::timeout(TimeoutPhase::Greeting));
                    }
                }
                Ok(())
            }

            $($async)? fn know_capabilities(&mut self) -> Result<()> {
                if !self.engine.capabilities_known() {
                    wait!(self.run(command::CapabilityCommand::default()))?;
                }
                Ok(())
            }

            $($async)? fn start_tls(&mut self, host: &str, options: &ConnectOptions) -> Result<()> {
                // A server that logs in by itself would leave the rest in clear text (RFC 9051, section 7.1.4).
                if self.engine.state() != State::NotAuthenticated {
                    return Err(Error::new(Reason::NotOffered(
                        Capability::StartTls.name(),
                        ", for it greets with PREAUTH: somebody may be tampering",
                    )));
                }
                wait!(self.know_capabilities())?;
                if !self.engine.capabilities().has(Capability::StartTls) {
                    return Err(Error::new(Reason::NotOffered(
                        Capability::StartTls.name(),
                        ": use imaps:// (implicit TLS, port 993) if it has that",
                    )));
                }
                wait!(self.run(command::StartTls))?;
                self.engine.tls_started()?;
                wait!(self.upgrade(host, options))
            }

            /// Runs a command to its end. One whose future was dropped before is given up.
            pub(super) $($async)? fn run<C: Command>(&mut self, command: C) -> Result<Reply<C::Output>> {
                self.give_up_current();
                let ticket = self.engine.start(command)?;
                // It stays the current one until the next begins: what is left of it then, if anything, is given up.
                self.current.push(ticket.id());
                wait!(self.finish(&ticket))
            }

            pub(super) $($async)? fn finish<C: Command>(&mut self, ticket: &Ticket<C>) -> Result<Reply<C::Output>> {
                loop {
                    if !self.engine.is_pending(ticket.id()) {
                        // What came before a refusal goes with the error.
                        let rows = self.engine.take_partial_rows(ticket);
                        let Some(result) = self.engine.take(ticket) else {
                            return Err(Error::argument("the command was given up"));
                        };
                        return result.map_err(|error| Error::from(error).with_rows(rows));
                    }
                    let step = wait!(self.step());
                    if let Err(error) = step {
                        return Err(error.with_rows(self.engine.take_partial_rows(ticket)));
                    }
                }
            }

            pub(super) fn give_up_current(&mut self) {
                for id in std::mem::take(&mut self.current) {
                    self.engine.abandon(id);
                }
            }

            pub(super) $($async)? fn logout(&mut self) -> Result<()> {
                self.give_up_current();
                let ticket = self.engine.start(command::Logout)?;
                let deadline = after(self.timeouts.logout);
                while self.engine.is_pending(ticket.id()) {
                    match wait!(self.step_before(deadline)) {
                        // One that goes on talking is not listened to for longer.
                        Ok(Some(_)) if Instant::now() >= deadline => break,
                        Ok(Some(_)) => {}
                        // It was told; a server that does not answer makes no difference.
                        Ok(None) => break,
                        Err(_) if self.engine.bye().is_some() => break,
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            }
        }
    };
}

pub(crate) use client_methods;
