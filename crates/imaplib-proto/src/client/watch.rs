//! Watches mailboxes: what changed in each, as it changes.

use std::time::{Duration, Instant};

use super::idle::AwaitEvents;
use super::procedure::Running;
use super::{Advance, Error, FindChanges, KnownMailbox, Procedure, Result, SelectOptions, SelectWith, Selection};
use super::{Synced, Timeouts, after};
use crate::command::{NotifiedMailboxes, Notify, Status};
use crate::engine::{Engine, Event};
use crate::types::{Capability, MailboxName, ResponseCode, Untagged};

/// The first wait before a lost connection is made again; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest of these waits.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// After a connection that lasted so long, the next wait is a short one again.
const STABLE: Duration = Duration::from_secs(60);

/// Mailboxes that are watched over many connections, one at a time. What the server reports is taken as a hint that a
/// mailbox has changed; what has changed is then [found](FindChanges), so that each change comes once, whatever the
/// connection does.
///
/// The mailbox that was looked at last stays open, and IDLE waits for its changes, or NOOP now and then. Those of the others
/// are reported by NOTIFY (RFC 5465) where the server has it, and else found by STATUS, as often as
/// [`Timeouts::idle_polling`].
#[derive(Debug)]
pub struct WatchMailboxes {
    mailboxes: Vec<Watched>,
    connected: Option<Instant>,
    wait: Duration,
    /// Whether a connection has ever been made.
    was_connected: bool,
    way: Way,
    next_poll: Option<Instant>,
    /// Waits for events of the mailbox that is open.
    waiting: Option<(Selection, AwaitEvents)>,
    doing: Doing,
}

#[derive(Debug)]
struct Watched {
    name: MailboxName,
    known: KnownMailbox,
    /// Whether it may have changed.
    dirty: bool,
}

/// How changes of mailboxes that are not open are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Unknown,
    Notify,
    Poll,
}

#[derive(Debug)]
enum Doing {
    Nothing,
    Notifying(Running<Notify>),
    Polling(Running<Status>, usize),
    Selecting(Box<SelectWith>, usize),
    Finding(Box<FindChanges>, usize),
}

/// What changed in a watched mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxChange {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// What changed in it.
    pub synced: Synced,
}

/// Waits for the next change, from [`WatchMailboxes::next`]. Its output is `None` if there was none in time.
#[derive(Debug)]
pub struct NextChange<'w> {
    watch: &'w mut WatchMailboxes,
    timeouts: &'w Timeouts,
    until: Option<Instant>,
    /// Whether something was waited for: a wait of no length looks once.
    waited: bool,
}

impl WatchMailboxes {
    /// No mailbox yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            mailboxes: Vec::new(),
            connected: None,
            wait: FIRST_WAIT,
            was_connected: false,
            way: Way::Unknown,
            next_poll: None,
            waiting: None,
            doing: Doing::Nothing,
        }
    }

    /// Watches this mailbox, too, of which this is known.
    pub fn add(&mut self, name: MailboxName, known: KnownMailbox) {
        self.mailboxes.push(Watched { name, known, dirty: true });
        self.way = Way::Unknown;
    }

    /// What is known of a mailbox that is watched.
    #[must_use]
    pub fn known(&self, name: &MailboxName) -> Option<&KnownMailbox> {
        self.mailboxes.iter().find(|watched| watched.name == *name).map(|watched| &watched.known)
    }

    /// A new connection is there: each mailbox may have changed.
    pub fn connected(&mut self, now: Instant) {
        self.forget_connection();
        (self.connected, self.was_connected) = (Some(now), true);
    }

    /// The connection is lost, or could not be made; returns how long to wait before the next one. `None` if another
    /// connection does not help, or none has ever been made: then a wrong address is likelier.
    pub fn disconnected(&mut self, error: &Error, now: Instant) -> Option<Duration> {
        let lasted = self.connected.is_some_and(|since| now.saturating_duration_since(since) >= STABLE);
        self.forget_connection();
        if lasted {
            self.wait = FIRST_WAIT;
        }
        let helps = error.is_connection_lost() || error.is_temporary();
        if !helps || !(self.was_connected || error.is_temporary()) {
            return None;
        }
        let wait = self.wait.max(error.retry_after().unwrap_or_default());
        self.wait = self.wait.saturating_mul(2).min(LONGEST_WAIT);
        Some(wait)
    }

    fn forget_connection(&mut self) {
        (self.connected, self.way, self.next_poll) = (None, Way::Unknown, None);
        (self.waiting, self.doing) = (None, Doing::Nothing);
        self.mailboxes.iter_mut().for_each(|watched| watched.dirty = true);
    }

    /// Waits for the next change, at most until this time.
    pub fn next<'w>(&'w mut self, timeouts: &'w Timeouts, until: Option<Instant>) -> NextChange<'w> {
        NextChange { watch: self, timeouts, until, waited: false }
    }

    /// Notes which mailbox an event is about.
    fn hear(&mut self, event: &Event) {
        let name = match &event.response {
            Untagged::MailboxStatus(status) => {
                let about = self.mailboxes.iter_mut().filter(|watched| watched.name == status.name);
                return about.for_each(|watched| watched.dirty |= may_differ(&watched.known, status));
            }
            Untagged::Exists(_) | Untagged::Expunge(_) | Untagged::Vanished { .. } | Untagged::Fetch(_) => {
                &event.mailbox
            }
            Untagged::Status(status) if status.code == Some(ResponseCode::NotificationOverflow) => {
                self.way = Way::Unknown;
                return self.mailboxes.iter_mut().for_each(|watched| watched.dirty = true);
            }
            _ => return,
        };
        let about = self.mailboxes.iter_mut().filter(|watched| Some(&watched.name) == name.as_ref());
        about.for_each(|watched| watched.dirty = true);
    }

    /// What is done next; nothing where it is waited.
    fn decide(&mut self, engine: &mut Engine, now: Instant, timeouts: &Timeouts) -> Result<Doing> {
        if self.way == Way::Unknown {
            self.way = Way::Poll;
            if self.mailboxes.len() > 1 && engine.capabilities().has(Capability::Notify) {
                let names = self.mailboxes.iter().map(|watched| watched.name.clone()).collect();
                // Without the first one, a server may report nothing of the mailbox that is open.
                let notify = Notify::new().messages(NotifiedMailboxes::SelectedDelayed);
                let notify = notify.messages(NotifiedMailboxes::Named(names));
                return Ok(Doing::Notifying(Running::start(engine, notify)?));
            }
        }
        if let Some(at) = self.mailboxes.iter().position(|watched| watched.dirty) {
            return Ok(self.look(engine, at));
        }
        if self.way == Way::Poll && self.mailboxes.len() > 1 {
            let due = *self.next_poll.get_or_insert_with(|| after(now, timeouts.idle_polling));
            if due <= now {
                self.next_poll = Some(after(now, timeouts.idle_polling));
                return self.poll(engine, 0);
            }
        }
        Ok(Doing::Nothing)
    }

    /// Looks what changed in a mailbox.
    fn look(&mut self, engine: &Engine, at: usize) -> Doing {
        let Some(watched) = self.mailboxes.get_mut(at) else { return Doing::Nothing };
        // What comes from now on counts again.
        watched.dirty = false;
        if engine.mailbox().is_some_and(|view| view.name == watched.name) {
            let finding = FindChanges::new(Selection::current(engine), watched.known.clone());
            return Doing::Finding(Box::new(finding), at);
        }
        let options = SelectOptions::new().read_only().for_changes();
        Doing::Selecting(Box::new(SelectWith::new(watched.name.clone(), options)), at)
    }

    /// Asks for the figures of this mailbox, or of the next one that is not open.
    fn poll(&mut self, engine: &mut Engine, from: usize) -> Result<Doing> {
        let open = engine.mailbox().map(|view| view.name.clone());
        let mut others =
            self.mailboxes.iter().enumerate().skip(from).filter(|(_, other)| Some(&other.name) != open.as_ref());
        let Some((at, watched)) = others.next() else { return Ok(Doing::Nothing) };
        let capabilities = engine.capabilities();
        let has_mod_seqs = capabilities.supports(Capability::CondStore) || capabilities.supports(Capability::QResync);
        let items = KnownMailbox::status_items(has_mod_seqs, None);
        let status = Status::new(watched.name.clone(), items);
        Ok(Doing::Polling(Running::start(engine, status)?, at))
    }

    /// Continues with what is being done; returns what is needed for it, or the change that was found.
    fn step(&mut self, engine: &mut Engine, now: Instant) -> Result<Option<Advance<Option<MailboxChange>>>> {
        self.doing = match &mut self.doing {
            Doing::Nothing => Doing::Nothing,
            Doing::Notifying(running) => match running.take(engine) {
                None => return Ok(Some(Advance::IO)),
                Some(Ok(_)) => {
                    self.way = Way::Notify;
                    // What changed before it is not reported.
                    self.mailboxes.iter_mut().for_each(|watched| watched.dirty = true);
                    Doing::Nothing
                }
                Some(Err(error)) if error.is_command_level() => Doing::Nothing,
                Some(Err(error)) => return Err(error),
            },
            Doing::Polling(running, at) => {
                let at = *at;
                match running.take(engine) {
                    None => return Ok(Some(Advance::IO)),
                    Some(Err(error)) if !error.is_command_level() => return Err(error),
                    Some(reply) => {
                        if let (Ok(reply), Some(watched)) = (reply, self.mailboxes.get_mut(at)) {
                            watched.dirty |= watched.known.differs(&reply.value);
                        }
                        self.poll(engine, at + 1)?
                    }
                }
            }
            Doing::Selecting(selecting, at) => {
                let at = *at;
                match selecting.advance(engine, now)?.split() {
                    Ok(_) => self.look(engine, at),
                    Err(need) => return Ok(Some(need)),
                }
            }
            Doing::Finding(finding, at) => {
                let at = *at;
                match finding.advance(engine, now)?.split() {
                    Ok(synced) => {
                        self.doing = Doing::Nothing;
                        return Ok(self.found(at, synced).map(|change| Advance::Done(Some(change))));
                    }
                    Err(need) => return Ok(Some(need)),
                }
            }
        };
        Ok(None)
    }

    fn found(&mut self, at: usize, synced: Synced) -> Option<MailboxChange> {
        let watched = self.mailboxes.get_mut(at)?;
        watched.known = synced.known().clone();
        (!synced.is_unchanged()).then(|| MailboxChange { mailbox: watched.name.clone(), synced })
    }
}

impl Default for WatchMailboxes {
    fn default() -> Self {
        Self::new()
    }
}

impl Procedure for NextChange<'_> {
    type Output = Option<MailboxChange>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        let Self { watch, timeouts, until, waited } = self;
        loop {
            while let Some(event) = engine.next_event() {
                watch.hear(&event);
            }
            if !matches!(watch.doing, Doing::Nothing) {
                match watch.step(engine, now) {
                    Ok(None) => {}
                    Ok(Some(advance)) => return Ok(advance),
                    Err(error) => {
                        watch.doing = Doing::Nothing;
                        return Err(error);
                    }
                }
                continue;
            }
            let is_wanted = watch.way == Way::Unknown || watch.mailboxes.iter().any(|watched| watched.dirty);
            let is_due = watch.next_poll.is_some_and(|due| due <= now) && watch.way == Way::Poll;
            if is_wanted || is_due {
                // An IDLE is ended first.
                if let Some((_, waiting)) = &mut watch.waiting
                    && let Err(need) = waiting.done().advance(engine, now)?.split()
                {
                    return Ok(need);
                }
            }
            watch.doing = watch.decide(engine, now, timeouts)?;
            if !matches!(watch.doing, Doing::Nothing) || watch.mailboxes.iter().any(|watched| watched.dirty) {
                continue;
            }
            let limit = match (watch.next_poll, *until) {
                (Some(poll), Some(until)) => Some(poll.min(until)),
                (poll, until) => poll.or(until),
            };
            if *waited && limit.is_some_and(|limit| limit <= now) {
                match until.is_some_and(|until| until <= now) {
                    true => return Ok(Advance::Done(None)),
                    false => continue,
                }
            }
            *waited = true;
            let selection = Selection::current(engine);
            // It lasts as long as the mailbox is open: it knows when the server was polled last.
            watch.waiting = watch.waiting.take().filter(|(before, _)| *before == selection);
            let (_, waiting) = watch.waiting.get_or_insert_with(|| (selection, AwaitEvents::new(engine, selection)));
            match waiting.wait(timeouts, limit).advance(engine, now)?.split() {
                Ok(Some(event)) => watch.hear(&event),
                Ok(None) => {}
                Err(need) => return Ok(need),
            }
        }
    }
}

/// Whether a mailbox may have changed by what a notification has of it: it need not have all figures.
fn may_differ(known: &KnownMailbox, status: &crate::types::MailboxStatus) -> bool {
    let differs = |now: Option<u64>, known: u64| now.is_some_and(|now| now != known);
    let is_complete = status.highest_mod_seq.is_some() && known.mod_seq().is_some();
    !is_complete
        || differs(status.highest_mod_seq, known.mod_seq().unwrap_or_default())
        || differs(status.messages, known.uids().len())
        || differs(status.uid_validity, known.uid_validity().unwrap_or_default())
}
