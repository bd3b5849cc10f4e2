//! What is known of the session: its state, the server, the selected mailbox. Each response keeps it up to date.

use super::{EngineError, SelectedMailbox, ServerProfile};
use crate::command::{Conduct, Effect};
use crate::parse::Context;
use crate::types::{
    Capabilities, Capability, ImapString, MailboxName, NameEncoding, ResponseCode, SeqNum, StatusKind, StatusResponse,
    Untagged,
};
use crate::wire::Encoding;

/// Where the connection stands (RFC 9051, section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The server has not spoken yet.
    #[default]
    Greeting,
    /// Nobody has logged in.
    NotAuthenticated,
    /// Somebody has, and no mailbox is open.
    Authenticated,
    /// A mailbox is open.
    Selected,
    /// The connection is about to end.
    Logout,
}

/// What becomes of an untagged response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Learned {
    /// Commands and the caller may have it.
    Known,
    /// It is not believed, and nobody gets it.
    Ignored,
    /// The server repeats that it closes the connection.
    Over,
}

/// What is known of the session.
#[derive(Default)]
pub(super) struct SessionState {
    pub(super) state: State,
    pub(super) greeting: Option<StatusResponse>,
    pub(super) profile: ServerProfile,
    pub(super) capabilities: Capabilities,
    /// Whether the list is that of the present state; else the server must be asked.
    pub(super) capabilities_known: bool,
    pub(super) enabled: Capabilities,
    pub(super) names: NameEncoding,
    pub(super) mailbox: Option<SelectedMailbox>,
    /// The mailbox that is being selected.
    next_mailbox: Option<SelectedMailbox>,
    /// Counts the mailboxes that were selected and left.
    pub(super) selection_epoch: u64,
    /// The number of the command that selected a mailbox last.
    pub(super) selected_by: u64,
    /// Whether messages can be removed at any time, so that no sequence number means anything for long (RFC 5465).
    pub(super) expunge_at_any_time: bool,
    pub(super) bye: Option<StatusResponse>,
}

impl SessionState {
    /// Whether somebody has logged in.
    #[inline]
    pub(super) fn is_logged_in(&self) -> bool {
        matches!(self.state, State::Authenticated | State::Selected)
    }

    /// The error of a connection that was closed.
    pub(super) fn closed(&self) -> EngineError {
        EngineError::Closed(self.bye.clone().map(Box::new))
    }

    /// How commands are encoded for this server.
    pub(super) fn encoding(&self) -> Encoding {
        let has = |capability| self.capabilities.has(capability);
        let small = self.capabilities.supports(Capability::LiteralMinus);
        let non_sync = if has(Capability::LiteralPlus) { Some(u64::MAX) } else { small.then_some(4096) };
        let bare_utf8 = self.enabled.has(Capability::Utf8Accept) || self.enabled.has(Capability::Utf8Only);
        Encoding { names: self.names(), bare_utf8, non_sync }
    }

    /// How responses of this server are read.
    pub(super) fn context(&self, max_depth: usize) -> Context {
        Context { names: self.names(), max_depth }
    }

    /// How names travel. A server that has nothing but IMAP4rev2 sends UTF-8 without being asked (RFC 9051, appendix A).
    pub(super) fn names(&self) -> NameEncoding {
        let has_old = self.capabilities.has(Capability::Imap4Rev1) || self.capabilities.has(Capability::Imap4);
        match self.capabilities.has(Capability::Imap4Rev2) && !has_old {
            true => NameEncoding::Utf8,
            false => self.names,
        }
    }

    /// Reads the greeting; returns why the connection is over, if the server does not want it.
    pub(super) fn greet(&mut self, status: StatusResponse) -> Option<EngineError> {
        self.state = match status.kind {
            StatusKind::Ok => State::NotAuthenticated,
            StatusKind::PreAuth => State::Authenticated,
            StatusKind::Bye | StatusKind::No | StatusKind::Bad => {
                self.bye = Some(status);
                return Some(self.closed());
            }
        };
        if let Some(ResponseCode::Capability(list)) = &status.code {
            self.learn_capabilities(list);
        }
        self.profile = ServerProfile::by_greeting(&status.text.to_string_lossy());
        self.greeting = Some(status);
        None
    }

    /// Forgets all that was learnt in clear text, when TLS has begun.
    pub(super) fn forget_clear_text(&mut self) {
        self.forget_capabilities();
        self.enabled = Capabilities::default();
        self.names = NameEncoding::default();
        self.bye = None;
        self.profile = ServerProfile::default();
        if let Some(greeting) = &mut self.greeting {
            greeting.code = None;
        }
    }

    fn forget_capabilities(&mut self) {
        self.capabilities = Capabilities::default();
        self.capabilities_known = false;
    }

    /// Accepts a list of capabilities as that of the server, unless it cannot be one: each has a version of the protocol.
    fn learn_capabilities(&mut self, list: &Capabilities) {
        let is_version =
            |name: &ImapString| name.as_bytes().get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"IMAP4"));
        if !list.iter().any(is_version) {
            return;
        }
        self.capabilities = list.clone();
        self.capabilities_known = true;
    }

    /// Learns the capabilities of the state that a command led to: from its completion, or from what came while it ran.
    fn learn_new_capabilities(&mut self, completion: &StatusResponse) {
        match &completion.code {
            Some(ResponseCode::Capability(list)) => self.learn_capabilities(list),
            // Some servers list them untagged before they say OK.
            _ if self.capabilities_known => {}
            _ => self.forget_capabilities(),
        }
    }

    /// What changes when a command begins to be sent.
    pub(super) fn begin(&mut self, conduct: &Conduct) {
        if let Some(selection) = &conduct.selects {
            self.next_mailbox = Some(SelectedMailbox::new(selection.mailbox.clone(), selection.read_only));
        }
        // The list may change by it: what comes from now on counts.
        self.capabilities_known &= !matches!(conduct.effect, Effect::LogsIn | Effect::Unauthenticates);
    }

    /// What changes when a command ends.
    pub(super) fn end(&mut self, conduct: &Conduct, status: &StatusResponse) {
        let ok = status.kind == StatusKind::Ok;
        if conduct.selects.is_some() {
            return self.end_selection(status);
        }
        match conduct.effect {
            Effect::LogsIn if ok => {
                self.state = State::Authenticated;
                self.learn_new_capabilities(status);
            }
            Effect::Notifies { expunge_at_any_time } if ok => self.expunge_at_any_time = expunge_at_any_time,
            // The profile stays: who the server is has nothing to do with the user.
            Effect::Unauthenticates if ok => {
                self.leave_mailbox();
                self.expunge_at_any_time = false;
                self.state = State::NotAuthenticated;
                self.enabled = Capabilities::default();
                self.names = NameEncoding::default();
                self.learn_new_capabilities(status);
            }
            Effect::LeavesMailbox if ok => self.leave_mailbox(),
            Effect::Idles => {}
            Effect::LogsOut if ok => self.state = State::Logout,
            Effect::LogsIn
            | Effect::Unauthenticates
            | Effect::LeavesMailbox
            | Effect::LogsOut
            | Effect::StartsTls
            | Effect::StartsCompression
            | Effect::Enables
            | Effect::Notifies { .. }
            | Effect::None => {
                if let Some(ResponseCode::Capability(list)) = &status.code {
                    self.learn_capabilities(list);
                }
                if let Some(mailbox) = &mut self.mailbox {
                    mailbox.change_code(status);
                }
            }
        }
    }

    fn end_selection(&mut self, status: &StatusResponse) {
        self.mailbox = self.next_mailbox.take().filter(|_| status.kind == StatusKind::Ok);
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.update_code(status);
        }
        self.selection_epoch += 1;
        if self.is_logged_in() {
            self.state = if self.mailbox.is_some() { State::Selected } else { State::Authenticated };
        }
    }

    fn leave_mailbox(&mut self) {
        self.mailbox = None;
        self.selection_epoch += 1;
        if self.state == State::Selected {
            self.state = State::Authenticated;
        }
    }

    /// Keeps what is known up to date with an untagged response.
    pub(super) fn learn(&mut self, response: &Untagged) -> Learned {
        match response {
            Untagged::Capability(list) => self.learn_capabilities(list),
            Untagged::Enabled(_) if self.state == State::NotAuthenticated => return Learned::Ignored,
            // More names than there are extensions mean nothing.
            Untagged::Enabled(list) if self.enabled.iter().len() + list.iter().len() < 1_000 => {
                let names = list.iter().chain(self.enabled.iter()).cloned().collect::<Vec<_>>();
                self.enabled = Capabilities::from_names(names);
                if list.has_name("UTF8=ACCEPT") || list.has_name("UTF8=ONLY") || list.has_name("IMAP4rev2") {
                    self.names = NameEncoding::Utf8;
                }
            }
            Untagged::Status(status) => {
                if status.kind == StatusKind::Bye {
                    // Yandex says it for ever.
                    if self.bye.is_some() {
                        return Learned::Over;
                    }
                    self.bye = Some(status.clone());
                }
                match &status.code {
                    Some(ResponseCode::Capability(list)) => self.learn_capabilities(list),
                    // It reports nothing by itself any more (RFC 5465, section 5.8).
                    Some(ResponseCode::NotificationOverflow) => self.expunge_at_any_time = false,
                    // Before the new mailbox is open, this says that the old one is closed.
                    Some(ResponseCode::Closed) => self.leave_mailbox(),
                    _ => {}
                }
            }
            // Before login nothing else is trusted (RFC 9051, section 11.3); ID is asked for in any state.
            Untagged::Id(id) => self.profile = self.profile.or(ServerProfile::by_id(id)),
            _ if self.state == State::NotAuthenticated => return Learned::Ignored,
            _ => {}
        }
        let removes = matches!(response, Untagged::Expunge(_) | Untagged::Vanished { .. });
        let next = if removes && self.is_leaving() { None } else { self.next_mailbox.as_mut() };
        if let Some(mailbox) = next.or(self.mailbox.as_mut()) {
            mailbox.update(response);
        }
        Learned::Known
    }

    /// Whether another mailbox is being selected, and responses are still about the one that is open: where CLOSED is due
    /// and has not come (RFC 7162, section 3.2.11), nor anything that a server reports only of the other one.
    pub(super) fn is_leaving(&self) -> bool {
        let is_due = self.enabled.has_name("QRESYNC") || self.enabled.has_name("IMAP4rev2");
        let begun = |next: &SelectedMailbox| next.uid_validity.is_some() || next.highest_mod_seq.is_some();
        is_due && self.mailbox.is_some() && self.next_mailbox.as_ref().is_some_and(|next| !begun(next))
    }

    /// The mailbox that responses are about: the one that is being selected, or else the one that is.
    fn present_mailbox(&self) -> Option<&SelectedMailbox> {
        let next = self.next_mailbox.as_ref().filter(|_| !self.is_leaving());
        next.or(self.mailbox.as_ref())
    }

    /// The name of that mailbox.
    pub(super) fn mailbox_name(&self) -> Option<MailboxName> {
        self.present_mailbox().map(|mailbox| mailbox.name.clone())
    }

    /// How many messages it holds.
    #[inline]
    pub(super) fn exists(&self) -> u64 {
        self.present_mailbox().map_or(0, |mailbox| u64::from(mailbox.exists))
    }

    /// Whether no message of that mailbox has this number.
    pub(super) fn is_beyond(&self, seq: SeqNum) -> bool {
        self.present_mailbox().is_some_and(|mailbox| seq.get() > mailbox.exists)
    }
}
