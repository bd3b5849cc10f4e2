//! What is to be done to send messages to another account, before it is done.

use imaplib::blocking::Session;
use imaplib::types::MailboxName;

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::index;
use crate::observer::{Event, Observer};
use crate::options::Cancel;
use crate::restore::ledger::{self, Ledger, Route};
use crate::restore::names::{Naming, are_below_inbox};
use crate::restore::options::RestoreOptions;
use crate::restore::origin::{Origin, OriginMailbox};
use crate::restore::report::RestoreFinding;
use crate::restore::target::{NewMailbox, Room, Target};
use crate::source::Source;
use crate::sync::attempts::{End, Link};
use crate::sync::server_state::Watch;

/// So many messages are looked at together.
const PAGE: usize = 1000;

/// A mailbox whose messages are to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMailbox {
    /// What it is called where the messages come from.
    pub mailbox: String,
    /// What it is called on the target.
    pub target: String,
    /// Whether it is to be made there.
    pub is_new: bool,
    /// The special uses for which it is made, such as `\Sent`.
    pub special_use: Vec<String>,
    /// Whether it is subscribed to.
    pub is_subscribed: bool,
    /// How many messages are to be sent; those are among them that are there though no run has sent them. `None` if they were
    /// not counted.
    pub messages: Option<u64>,
    /// The bytes of these.
    pub bytes: Option<u64>,
    /// How many of them are larger than the target accepts (APPENDLIMIT).
    pub too_large: u64,
    /// How many messages earlier runs have sent.
    pub before: u64,
    pub(crate) origin: OriginMailbox,
    pub(crate) name: MailboxName,
    pub(crate) new: Option<NewMailbox>,
}

/// What is to be done; [`run`](Self::run) does it.
pub struct Plan<'a> {
    pub(crate) origin: Box<dyn Origin + 'a>,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) account: String,
    pub(crate) source: &'a mut dyn Source,
    pub(crate) session: Option<Session>,
    pub(crate) options: RestoreOptions,
    pub(crate) target: Target,
    pub(crate) mailboxes: Vec<PlannedMailbox>,
}

impl std::fmt::Debug for Plan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("account", &self.account)
            .field("mailboxes", &self.mailboxes)
            .finish_non_exhaustive()
    }
}

impl Archive {
    /// Plans to send the messages of the archive to an account: looks at what there is, and changes nothing.
    ///
    /// `account` is whose mail the target is: any text that is the same in each run. What is sent is noted in the archive by it, so
    /// that each message is sent once, however often it is begun and broken off.
    ///
    /// ```no_run
    /// use imaplib::blocking::Client;
    /// use imaplib_archive::{Archive, Cancel, RestoreOptions};
    ///
    /// # fn main() -> imaplib_archive::Result<()> {
    /// let mut target = || Client::connect("imaps://mail.example.org")?.login("alice", "secret");
    /// let archive = Archive::open_to_repair("/backup/alice")?;
    /// let options = RestoreOptions::new();
    /// let plan = archive.plan_restore("alice@mail.example.org", &mut target, &options, &(), &Cancel::new())?;
    /// let report = plan.run(&(), &Cancel::new())?;
    /// println!("{} messages are back", report.total().sent);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If there is no connection or login, a mailbox to be renamed is not in the archive ([`ArchiveError::NoMailbox`]), none is
    /// selected, or the archive cannot be read.
    pub fn plan_restore<'a>(
        &'a self,
        account: &str,
        target: &'a mut dyn Source,
        options: &RestoreOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Plan<'a>> {
        Plan::new(Box::new(self), &self.index, account, target, options.clone(), Counting::All, (observer, cancel))
    }
}

/// Whether the messages are counted before they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    All,
    /// Where their sizes have to be known.
    IfLimited,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        mut origin: Box<dyn Origin + 'a>,
        ledger: &'a dyn Ledger,
        account: &str,
        source: &'a mut dyn Source,
        options: RestoreOptions,
        counting: Counting,
        (observer, cancel): (&dyn Observer, &Cancel),
    ) -> Result<Self> {
        let all = origin.mailboxes(Watch { cancel, observer })?;
        options.check(&all)?;
        let longest_pause = options.longest_pause.unwrap_or(std::time::Duration::MAX);
        let mut looked = Target::default();
        let session = {
            let source = &mut *source;
            let mut link = Link { source, session: None, observer, cancel, longest_pause, is_unopened: false };
            let look = |session: &mut Session| Target::look(session).map_err(|error| (0, error));
            link.attempt(|session, _| look(session).map(|found| looked = found)).map_err(End::into_error)?;
            link.session
        };
        let mut plan = Self {
            origin,
            ledger,
            account: account.to_owned(),
            source,
            session,
            options,
            target: looked,
            mailboxes: Vec::new(),
        };
        let naming = Naming {
            map: plan.options.map.clone(),
            delimiter: plan.target.delimiter,
            prefix: plan.target.prefix.clone(),
            drops_inbox: plan.target.prefix.is_empty()
                && are_below_inbox(all.iter().map(|mailbox| (mailbox.name.as_str(), mailbox.delimiter))),
        };
        for mailbox in all {
            if !plan.options.chooses(&mailbox) {
                continue;
            }
            plan.add(mailbox, &naming, observer);
        }
        if plan.mailboxes.is_empty() {
            return Err(ArchiveError::NothingSelected);
        }
        if counting == Counting::All || plan.target.room.is_some() {
            plan.count(Watch { cancel, observer })?;
        }
        Ok(plan)
    }

    /// The mailboxes, in the order in which they are worked on.
    #[must_use]
    pub fn mailboxes(&self) -> &[PlannedMailbox] {
        &self.mailboxes
    }

    /// The room that the target has for mail (QUOTA), if it is limited.
    #[must_use]
    pub fn room(&self) -> Option<Room> {
        self.target.room
    }

    /// The longest message that the target accepts (APPENDLIMIT), in bytes, if it announces that.
    #[must_use]
    pub fn append_limit(&self) -> Option<u64> {
        self.target.append_limit
    }

    /// How many bytes are more than the target has room for; `None` if there is room enough, or it is not known.
    #[must_use]
    pub fn lacks(&self) -> Option<u64> {
        let bytes = self.mailboxes.iter().try_fold(0_u64, |sum, one| Some(sum.saturating_add(one.bytes?)))?;
        let lacking = bytes.saturating_sub(self.target.room?.left());
        (lacking > 0).then_some(lacking)
    }

    fn add(&mut self, mailbox: OriginMailbox, naming: &Naming, observer: &dyn Observer) {
        let named = naming.name(&mailbox.name, mailbox.delimiter);
        if named.is_altered {
            let finding = RestoreFinding::Renamed { target: &named.name };
            observer.event(&Event::Restoring { mailbox: &mailbox.name, finding });
        }
        let name = match MailboxName::new(&named.name) {
            Ok(name) => name,
            // A name with NUL, which no command can send, and no server lists.
            Err(_) => MailboxName::new(named.name.replace('\0', "_")).unwrap_or_else(|_| MailboxName::inbox()),
        };
        let is_planned = self.mailboxes.iter().any(|planned| planned.name == name);
        let is_new = !self.target.has(&name) && !is_planned;
        let uses = if is_new { self.target.possible_uses(&mailbox.special_use) } else { Vec::new() };
        if is_new {
            for lost in mailbox.special_use.iter().filter(|used| !uses.contains(used)) {
                let special_use = &lost.to_string();
                observer.event(&Event::Restoring {
                    mailbox: &mailbox.name,
                    finding: RestoreFinding::UseNotKept { special_use, reason: None },
                });
            }
        }
        self.target.take_uses(&uses);
        self.mailboxes.push(PlannedMailbox {
            mailbox: mailbox.name.clone(),
            target: name.to_text().into_owned(),
            is_new,
            special_use: uses.iter().map(ToString::to_string).collect(),
            is_subscribed: mailbox.is_subscribed == Some(true),
            messages: None,
            bytes: None,
            too_large: 0,
            before: 0,
            new: is_new.then(|| NewMailbox { name: name.clone(), uses }),
            name,
            origin: mailbox,
        });
    }

    /// Counts what is to be sent.
    fn count(&mut self, watch: Watch<'_>) -> Result<()> {
        for planned in &mut self.mailboxes {
            let uid_validity = self.target.uid_validity(&planned.name);
            let target = match uid_validity {
                Some(validity) => {
                    ledger::known_target(self.ledger, &self.account, &index::key(&planned.name), validity)?
                }
                None => None,
            };
            let mailbox = self.origin.open(&planned.origin, watch)?;
            let route = target.map(|target| Route { target, mailbox: mailbox.id });
            let (mut messages, mut bytes) = (0, 0_u64);
            let mut page = self.origin.messages(&mailbox, None, PAGE, watch)?;
            while let (Some(first), Some(last)) = (page.first(), page.last().cloned()) {
                watch.cancel.check()?;
                let range = ((first.uid_validity, first.uid), (last.uid_validity, last.uid));
                let noted = route.map(|route| ledger::noted(self.ledger, route, range)).transpose()?;
                for message in page.iter().filter(|message| self.options.wants(&mailbox, message)) {
                    let key = (message.uid_validity, message.uid);
                    if noted.as_ref().is_some_and(|noted| noted.contains(&key)) {
                        planned.before += 1;
                        continue;
                    }
                    messages += 1;
                    bytes = bytes.saturating_add(message.size);
                    let is_too_large = self.target.append_limit.is_some_and(|limit| message.size > limit);
                    planned.too_large += u64::from(is_too_large);
                }
                page = self.origin.messages(&mailbox, Some(&last), PAGE, watch)?;
            }
            (planned.messages, planned.bytes) = (Some(messages), Some(bytes));
        }
        Ok(())
    }
}
