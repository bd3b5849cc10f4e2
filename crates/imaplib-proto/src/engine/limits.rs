//! How much of the server's and of the caller's data the engine holds, and how much work a server can make.

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr;)*) => {
        /// How much of the server's and of the caller's data the engine holds, and how much work a server can make.
        ///
        /// What is beyond a limit is an error that names the limit, and the end of the connection; but for events, of
        /// which the oldest give way. What a compressed connection inflates to counts as if it had come so.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Limits {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            $(
                #[doc = concat!("With another limit for [`", stringify!($name), "`](Self#structfield.", stringify!($name), ").")]
                #[must_use]
                pub fn $name(mut self, limit: $type) -> Self {
                    self.$name = limit;
                    self
                }
            )*
        }
    };
}

limits! {
    /// The greatest response in bytes, streamed literals not counted. Default: 32 MiB.
    response: usize = 32 << 20;
    /// The same before login, where nobody is trusted. Default: 1 MiB.
    response_before_login: usize = 1 << 20;
    /// The longest line in bytes: what of a response lies between literals; in a row of which texts stream, the line with
    /// all of the row that came before it but for these texts. It is small, for values of a few bytes each take up to fifty
    /// times as much once they are read. Default: 4 MiB.
    line: usize = 4 << 20;
    /// The longest line that is a list of numbers: SEARCH, ESEARCH, SORT, THREAD and VANISHED, in bytes. Default: 16 MiB,
    /// which has room for two million UIDs of seven digits. Whatever the limit, no such response has more than 2,097,152
    /// ranges, or 1,048,576 messages in threads.
    number_list_line: usize = 16 << 20;
    /// A text of a message longer than this is streamed, in bytes, by commands that stream; `fetch_all` holds it. Default: 64 KiB.
    stream_threshold: usize = 64 << 10;
    /// How deep lists in responses may be nested. Default: 64.
    depth: usize = 64;
    /// How many events wait for the caller; beyond, the oldest are dropped and counted. Default: 10,000.
    events: usize = 10_000;
    /// How many bytes the responses take that wait as events, their own and about those of the values that they become;
    /// beyond, the oldest are dropped and counted. Default: 16 MiB.
    event_bytes: usize = 16 << 20;
    /// How many bytes the responses may take that one command collects, their own and about those of the values that
    /// they become; what streams does not count. Default: 128 MiB, which has room for a LIST of 200,000 mailboxes.
    collected: usize = 128 << 20;
    /// How many more rows may answer a FETCH than the mailbox has messages. Default: 1,000,000.
    extra_rows: u64 = 1_000_000;
    /// How many responses may come in a row that are no part of an answer. Default: 10,000,000.
    unsolicited: u64 = 10_000_000;
    /// How often a server may ask for more in one login. Default: 32.
    auth_rounds: u32 = 32;
    /// How often a server may have the password hashed by SCRAM. Default: 1,000,000, which is about a second.
    scram_iterations: u32 = 1_000_000;
    /// How many bytes a compressed one may become, on the average of the connection, once a megabyte has come.
    /// Default: 1,032, which is the most that DEFLATE can do: messages of nothing but zeros are rare, but mail. What
    /// comes out is held to all other limits, whatever it was before.
    inflate_ratio: u32 = 1_032;
    /// How many bytes of commands may be unanswered before further ones are held back, so that neither side ever
    /// waits for the other to read. The bytes of messages to append count by a 128th. Default: 32 KiB.
    pipeline_bytes: usize = 32 << 10;
}

/// How far the server has come.
///
/// The engine has no clock. The caller looks at these numbers between reads, and stops waiting when they do not change for
/// too long although bytes come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many responses have come to their end.
    pub responses: u64,
    /// How many pieces of answers have come, and commands have gone out.
    pub answers: u64,
    /// How many commands are over, and how often the server has reported that it works on one (RFC 9585).
    pub turns: u64,
}

/// So many reports of work on one command count as progress. Servers send one in some ten seconds.
const MAX_WORK_REPORTS: u32 = 1000;

/// The counters of a connection.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) progress: Progress,
    /// How many consecutive responses were no part of an answer.
    unsolicited: u64,
    /// How often the server reported that it works on the command.
    work_reports: u32,
}

impl Counters {
    /// Counts a response that has come to its end.
    #[inline]
    pub(super) fn response_ended(&mut self) {
        self.progress.responses += 1;
    }

    /// Counts something that the server was asked for, or a command that went out.
    #[inline]
    pub(super) fn answered(&mut self) {
        self.progress.answers += 1;
        self.unsolicited = 0;
    }

    /// Counts that the server still works on a command (RFC 9585), so often for each: an answer that never comes must end.
    pub(super) fn works_on(&mut self) {
        if self.work_reports < MAX_WORK_REPORTS {
            self.work_reports += 1;
            self.progress.answers += 1;
            self.progress.turns += 1;
        }
    }

    /// Counts the completion of a command.
    pub(super) fn completed(&mut self) {
        self.work_reports = 0;
        self.progress.turns += 1;
    }

    /// Counts a response that does not belong to an answer; returns whether there are at most `limit` consecutive ones.
    pub(super) fn unsolicited(&mut self, limit: u64) -> bool {
        self.unsolicited += 1;
        self.unsolicited <= limit
    }
}
