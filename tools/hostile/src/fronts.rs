//! Both clients of the library.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{io, thread};

use imaplib::types::{SeqNum, StatusItem, Uid, UidSet, Untagged};
use imaplib::{
    AppendMessage, ConnectOptions, Endpoint, Error, FetchItem, Limits, Search, ThreadAlgorithm, Timeouts, mechanism,
};
use imaplib_testserver::hostile::{Action, Channel, Ended, Failure, Login, PASSWORD, Report, Scenario, TOKEN, USER};

use crate::place::Place;

/// How long the clients wait.
const PATIENCE: Duration = Duration::from_millis(500);

/// More is not kept of what they tell.
const MOST_TOLD: usize = 64 << 10;

/// Plays a scenario to the async or to the blocking client, on a thread of its own, whose memory is counted.
pub(crate) fn run(scenario: &Scenario, place: &Place<'_>, asynchronous: bool) -> io::Result<Report> {
    let (scenario, port, ca) = (scenario.clone(), place.server.port(), place.ca.to_owned());
    let limit = scenario.safe.within * 2;
    let began = Instant::now();
    let (sender, ended) = channel();
    thread::Builder::new().name("hostile subject".to_owned()).spawn(move || {
        let endpoint = endpoint(&scenario, port);
        let options = options(&ca);
        let mut told = Told(Vec::with_capacity(MOST_TOLD));
        let mut result = Ok(Ok(()));
        let info = allocation_counter::measure(|| {
            let work = || match asynchronous {
                true => asynchronous::run(&scenario, &endpoint, &options, &mut told),
                false => blocking::run(&scenario, &endpoint, &options, &mut told),
            };
            result = catch_unwind(AssertUnwindSafe(work));
        });
        let ended = match result {
            Ok(Ok(())) => Ended::Well,
            Ok(Err(error)) => {
                told.tell(error.to_string().as_bytes());
                Ended::Failed(Some(kind(&error)))
            }
            Err(_) => Ended::Crashed("it panicked".to_owned()),
        };
        let report = Report { ended, told: told.0, memory: Some(info.bytes_max), ..Report::default() };
        // Nobody listens any more if it took too long.
        let _ = sender.send(report);
    })?;
    let mut report = match ended.recv_timeout(limit) {
        Ok(report) => report,
        Err(RecvTimeoutError::Timeout) => Report { ended: Ended::Hung, ..Report::default() },
        Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("the client's thread is gone")),
    };
    report.took = began.elapsed();
    Ok(report)
}

/// The defaults, but for time, and for how many rows without end are taken before that is enough.
fn options(ca: &Path) -> ConnectOptions {
    let timeouts = Timeouts::all(PATIENCE).no_progress(PATIENCE * 3).logout(PATIENCE);
    ConnectOptions::new().ca_file(ca).timeouts(timeouts).limits(Limits::default().extra_rows(100_000))
}

fn endpoint(scenario: &Scenario, port: u16) -> Endpoint {
    match scenario.channel {
        Channel::StartTls => Endpoint::starttls(scenario.host, port),
        Channel::Tls => Endpoint::tls(scenario.host, port),
        _ => Endpoint::insecure(scenario.host, port),
    }
}

/// The name of the mechanism that is asked for, and its secret.
fn mechanism_name(login: Login) -> Option<(&'static str, &'static str)> {
    Some(match login {
        Login::Plain => ("PLAIN", PASSWORD),
        Login::CramMd5 => ("CRAM-MD5", PASSWORD),
        Login::Scram => ("SCRAM-SHA-256", PASSWORD),
        Login::OAuthBearer => ("OAUTHBEARER", TOKEN),
        Login::XOAuth2 => ("XOAUTH2", TOKEN),
        _ => return None,
    })
}

fn kind(error: &Error) -> Failure {
    if error.is_limit() {
        Failure::Limit
    } else if error.is_tls() {
        Failure::Tls
    } else if error.is_timeout() {
        Failure::Timeout
    } else if error.is_authentication() {
        Failure::Login
    } else if error.is_unsupported() {
        Failure::NotOffered
    } else if error.is_connection_lost() {
        Failure::Lost
    } else if error.is_protocol() {
        Failure::Protocol
    } else if error.is_no() || error.is_bad() {
        Failure::Refused
    } else {
        Failure::Other
    }
}

/// What a program would tell of the results.
struct Told(Vec<u8>);

impl Told {
    fn tell(&mut self, bytes: &[u8]) {
        let room = MOST_TOLD.saturating_sub(self.0.len());
        self.0.extend(bytes.iter().take(room));
    }

    fn tell_value(&mut self, value: &impl std::fmt::Debug) {
        if self.0.len() < MOST_TOLD {
            self.tell(format!("{value:?}\n").as_bytes());
        }
    }
}

macro_rules! subject {
    ($($async:ident)?) => {
        pub(super) $($async)? fn work(
            scenario: &Scenario,
            endpoint: &Endpoint,
            options: &ConnectOptions,
            told: &mut Told,
        ) -> imaplib::Result<()> {
            let client = wait!(Client::connect_with(endpoint, options))?;
            if scenario.action == Action::Connect {
                for name in client.capabilities().iter().take(100) {
                    told.tell(name.as_bytes());
                }
                return wait!(client.logout());
            }
            let mut session = match mechanism_name(scenario.login) {
                Some((name, secret)) => wait!(client.authenticate(mechanism(name, USER, secret)?))?,
                None if scenario.login == Login::Command => wait!(client.login_command(USER, PASSWORD))?,
                None => wait!(client.login(USER, PASSWORD))?,
            };
            match scenario.action {
                Action::List => told.tell_value(&wait!(session.list("*"))?.iter().take(100).collect::<Vec<_>>()),
                Action::Backup => {
                    let items = [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity];
                    told.tell_value(&wait!(session.list_status("*", &items))?.iter().take(100).collect::<Vec<_>>());
                }
                Action::Append => drop(wait!(session.append("INBOX", AppendMessage::from("Subject: x\r\n\r\nmine\r\n")))?),
                Action::Compress => {
                    wait!(session.compress())?;
                    told.tell_value(&wait!(session.list("*"))?.iter().take(100).collect::<Vec<_>>());
                }
                Action::LogIn => {}
                action => wait!(in_mailbox(&mut session, action, told))?,
            }
            while let Some(event) = session.next_event() {
                // Rows of other messages are unsolicited, not results.
                if let Untagged::Status(status) = event.response {
                    told.tell_value(&status.text);
                }
            }
            wait!(session.logout())
        }

        $($async)? fn in_mailbox(session: &mut Session, action: Action, told: &mut Told) -> imaplib::Result<()> {
            let mut inbox = wait!(session.select("INBOX"))?;
            match action {
                Action::Search => {
                    let found = wait!(inbox.search(Search::all()))?;
                    found.iter().take(1_000).for_each(|uid| told.tell_value(&uid));
                }
                Action::Thread => {
                    let threads = wait!(inbox.thread(ThreadAlgorithm::References, Search::all()))?;
                    threads.iter().for_each(|node| told.tell_value(&node));
                }
                Action::FetchFlags => wait!(rows(&mut inbox, UidSet::all(), vec![FetchItem::Flags], told))?,
                Action::FetchEnvelopes => {
                    let items = vec![FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Envelope];
                    wait!(rows(&mut inbox, UidSet::all(), items, told))?;
                }
                Action::Attachments => {
                    wait!(rows(&mut inbox, UidSet::all(), vec![FetchItem::BodyStructure], told))?;
                }
                Action::FetchBody | Action::Read => {
                    wait!(rows(&mut inbox, Uid::MIN.into(), vec![FetchItem::message()], told))?;
                }
                Action::Copy => told.tell_value(&wait!(inbox.copy(Uid::MIN, "Copies"))?),
                Action::Remove => told.tell_value(&wait!(inbox.move_messages(Uid::MIN, "Copies"))?),
                Action::Idle => {
                    let end = Instant::now() + PATIENCE;
                    let mut idle = inbox.idle();
                    while let Some(left) = end.checked_duration_since(Instant::now()) {
                        if let Some(event) = wait!(idle.next(Some(left)))? {
                            told.tell_value(&event.response);
                        }
                    }
                    wait!(idle.done())?;
                }
                _ => {}
            }
            told.tell_value(&inbox.state());
            Ok(())
        }

        /// Reads rows, and looks at all that is in them.
        $($async)? fn rows(
            inbox: &mut Mailbox<'_>,
            uids: UidSet,
            items: Vec<FetchItem>,
            told: &mut Told,
        ) -> imaplib::Result<()> {
            let mut rows = inbox.fetch(&uids, items)?;
            while let Some(mut row) = wait!(rows.next())? {
                told.tell_value(&(row.uid(), row.sequence_number().map(SeqNum::get), row.flags(), row.size()));
                if let Some(envelope) = row.envelope() {
                    told.tell_value(&envelope.subject());
                    envelope.to().iter().take(200_000).for_each(|address| told.tell_value(&address));
                }
                if let Some(structure) = row.body_structure() {
                    structure.leaves().iter().for_each(|(part, leaf)| told.tell_value(&(part, leaf)));
                }
                while let Some(mut body) = wait!(row.next_body())? {
                    let wanted = body.name().to_string() == "BODY[]";
                    while let Some(chunk) = wait!(body.chunk())? {
                        if wanted {
                            told.tell(&chunk);
                        }
                    }
                }
            }
            Ok(())
        }
    };
}

mod blocking {
    use super::*;
    use imaplib::blocking::{Client, Mailbox, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)* };
    }

    subject!();

    pub(super) fn run(
        scenario: &Scenario,
        endpoint: &Endpoint,
        options: &ConnectOptions,
        told: &mut Told,
    ) -> imaplib::Result<()> {
        work(scenario, endpoint, options, told)
    }
}

mod asynchronous {
    use super::*;
    use imaplib::{Client, Mailbox, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)*.await };
    }

    subject!(async);

    pub(super) fn run(
        scenario: &Scenario,
        endpoint: &Endpoint,
        options: &ConnectOptions,
        told: &mut Told,
    ) -> imaplib::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(work(scenario, endpoint, options, told)),
            // Then nothing can be played at all.
            Err(error) => std::panic::resume_unwind(Box::new(error)),
        }
    }
}
