//! The types of a front.

macro_rules! front_types {
    () => {
        /// The connection before login.
        pub struct Client {
            connection: Connection,
        }

        /// The connection after login.
        pub struct Session {
            connection: Connection,
        }

        /// The mailbox that is open. Commands about messages exist only here.
        ///
        /// Dropping it leaves the mailbox open on the server until another one is selected; [`close`](Self::close) and
        /// [`unselect`](Self::unselect) leave it.
        pub struct Mailbox<'s> {
            session: &'s mut Session,
            /// Which of the session's mailboxes it is: another one may be opened through it.
            selection: u64,
        }

        /// The rows of a FETCH, as they come. Dropping it drops the rest.
        pub struct Rows<'m> {
            connection: &'m mut Connection,
            state: RowsState,
            /// The row that was given out last: its memory is used again.
            last: Option<Box<Fetch>>,
            /// What was remarked on it.
            diagnostics: Vec<Diagnostic>,
        }

        /// One message in the answer to a FETCH.
        pub struct Row<'r> {
            connection: &'r mut Connection,
            state: &'r mut RowsState,
            fetch: &'r mut Fetch,
            diagnostics: &'r mut Vec<Diagnostic>,
            /// How many of the texts were given out.
            taken: usize,
        }

        /// A text of a message, in constant memory however long it is, and whatever form the server sent it in.
        pub struct Body<'b> {
            connection: &'b mut Connection,
            name: SectionName,
            origin: Option<u64>,
            length: Option<u64>,
            /// Octets that are here already.
            here: Option<Bytes>,
            /// How many are to come.
            coming: u64,
            /// Whether a call takes the text that has not come to its end.
            taking: bool,
        }

        /// Waiting for news of the mailbox that is open.
        pub struct Idle<'m> {
            connection: &'m mut Connection,
            ticket: Option<Ticket<command::Idle>>,
            /// When the present IDLE began, or the server was last asked.
            since: Instant,
            /// Whether the server has IDLE.
            offered: bool,
            /// Which of the session's mailboxes it is about.
            selection: u64,
        }

        impl std::fmt::Debug for Client {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple("Client").field(&self.connection.engine).finish()
            }
        }

        impl std::fmt::Debug for Session {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple("Session").field(&self.connection.engine).finish()
            }
        }

        impl std::fmt::Debug for Mailbox<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple("Mailbox").field(&self.view()).finish()
            }
        }
    };
}

pub(crate) use front_types;
