//! A client that changes a mailbox at random.

use imaplib::blocking::{Client, Session};
use imaplib::types::{Flag, Uid, UidSet};
use imaplib::{AppendMessage, ConnectOptions, FlagChange, Search};

use super::Target;

const TEXT: &str = "Subject: x\r\n\r\ntext\r\n";

/// Whether the server did it, or refused because messages are gone.
trait OkOrNo {
    fn is_ok_or_no(&self) -> bool;
}

impl<T> OkOrNo for imaplib::Result<T> {
    fn is_ok_or_no(&self) -> bool {
        self.as_ref().err().is_none_or(imaplib::Error::is_no)
    }
}

pub struct Writer {
    session: Session,
    mailbox: &'static str,
    random: u64,
    /// Messages that were there when it looked last.
    uids: Vec<Uid>,
    until_look: u32,
    keywords: u32,
}

impl Writer {
    pub fn new(target: &Target, seed: u64) -> Self {
        Self::in_mailbox(target, "INBOX", seed)
    }

    pub fn in_mailbox(target: &Target, mailbox: &'static str, seed: u64) -> Self {
        let client = Client::connect_with(&target.endpoint(), &ConnectOptions::new()).unwrap();
        let mut session = client.login(target.user, "secret").unwrap();
        session.select_or_create(mailbox).unwrap();
        Self {
            session,
            mailbox,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15),
            uids: Vec::new(),
            until_look: 0,
            keywords: 0,
        }
    }

    fn random(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % below as u64).unwrap()
    }

    /// Appends until there are so many messages.
    pub fn fill(&mut self, count: u32) {
        self.session.noop().unwrap();
        while self.session.mailbox().unwrap().exists() < count {
            for _ in 0..50 {
                self.session.append(self.mailbox, AppendMessage::from(TEXT)).unwrap();
            }
            self.session.noop().unwrap();
        }
        self.look();
    }

    fn look(&mut self) {
        self.uids = self.session.mailbox().unwrap().search(Search::all()).unwrap().iter().collect();
        self.until_look = 20;
    }

    pub fn operate(&mut self) {
        if self.until_look == 0 || self.uids.is_empty() {
            self.look();
        }
        self.until_look -= 1;
        let place = self.random(self.uids.len().max(1));
        let Some(uid) = self.uids.get(place).copied() else {
            self.session.append(self.mailbox, AppendMessage::from(TEXT)).unwrap();
            return;
        };
        // Neighbours, too: programs mark ranges as read.
        let end = (place + self.random(4)).min(self.uids.len() - 1);
        let last = self.uids[end];
        let range = UidSet::range(uid, last);
        let flags =
            [Flag::Seen, Flag::Flagged, Flag::Answered, Flag::Draft, Flag::JUNK, Flag::keyword("work").unwrap()];
        let flag = flags[self.random(6)].clone();
        let (what, many) = (self.random(100), self.uids.len() > 300);
        let mut inbox = self.session.mailbox().unwrap();
        match what {
            0..25 => drop(self.session.append(self.mailbox, AppendMessage::from(TEXT).flags(flag)).unwrap()),
            // What another removed meanwhile cannot be copied.
            25..30 => assert!(inbox.copy(range, self.mailbox).is_ok_or_no()),
            30..60 => assert!(inbox.store(range, FlagChange::add(flag).silent()).is_ok_or_no()),
            60..75 => assert!(inbox.store(range, FlagChange::remove(flag).silent()).is_ok_or_no()),
            75..80 => assert!(inbox.store(uid, FlagChange::replace(flag)).is_ok_or_no()),
            _ => {
                let gone = if many { range } else { uid.into() };
                assert!(inbox.store(&gone, FlagChange::add(Flag::Deleted).silent()).is_ok_or_no());
                assert!(inbox.expunge_uids(&gone).is_ok_or_no());
            }
        }
        while self.session.next_event().is_some() {}
    }

    /// Gives the newest messages flags that they did not have.
    pub fn flag_last(&mut self, count: usize) {
        self.keywords += 1;
        let newest = self.uids.iter().rev().take(count).copied().collect::<UidSet>();
        let flag = Flag::keyword(&format!("label{}", self.keywords)).unwrap();
        self.session.mailbox().unwrap().store(newest, FlagChange::replace(flag).silent()).unwrap();
    }

    pub fn expunge_first(&mut self) {
        let first = self.uids.remove(0);
        let mut inbox = self.session.mailbox().unwrap();
        inbox.store(first, FlagChange::add(Flag::Deleted).silent()).unwrap();
        inbox.expunge_uids(&first.into()).unwrap();
    }
}
