//! What the engine learns from what the server says: state, capabilities, the open mailbox.

use super::{Engine, IdleState, NameEncoding, ServerProfile, State};
use crate::command::Role;
use crate::types::{ResponseCode, SeqNum, StatusKind, StatusResponse, Untagged};

impl Engine {
    /// What the end of a command does to the connection.
    pub(super) fn take_effect(&mut self, role: &Role, status: &StatusResponse) {
        let ok = status.kind == StatusKind::Ok;
        match role {
            Role::Authenticate if ok => {
                self.state = State::Authenticated;
                match &status.code {
                    Some(ResponseCode::Capability(list)) => self.learn_capabilities(list),
                    // Some servers list them untagged before they say OK.
                    _ if self.capabilities_known => {}
                    _ => self.forget_capabilities(),
                }
                self.apply_limits();
            }
            Role::Select { .. } => {
                self.view = self.next_view.take().filter(|_| ok);
                if let Some(view) = &mut self.view {
                    view.update_code(status);
                }
                self.selection += 1;
                if matches!(self.state, State::Authenticated | State::Selected) {
                    self.state = if self.view.is_some() { State::Selected } else { State::Authenticated };
                }
            }
            Role::Unselect if ok => self.leave_mailbox(),
            Role::Idle => self.idle = IdleState::None,
            Role::Logout if ok => self.state = State::Logout,
            _ => {
                if let Some(ResponseCode::Capability(list)) = &status.code {
                    self.learn_capabilities(list);
                }
                if let Some(view) = &mut self.view {
                    view.change_code(status);
                }
            }
        }
    }

    pub(super) fn leave_mailbox(&mut self) {
        self.view = None;
        self.selection += 1;
        if self.state == State::Selected {
            self.state = State::Authenticated;
        }
    }

    /// Keeps the engine's own knowledge up to date. Gives the response back unless it must be ignored.
    pub(super) fn learn(&mut self, response: Untagged) -> Option<Untagged> {
        match &response {
            Untagged::Capability(list) => self.learn_capabilities(list),
            Untagged::Enabled(_) if self.state == State::NotAuthenticated => return None,
            // More names than there are extensions mean nothing.
            Untagged::Enabled(list) if self.enabled.iter().len() + list.iter().len() < 1_000 => {
                let names = list.iter().chain(self.enabled.iter()).cloned().collect::<Vec<_>>();
                self.enabled = crate::types::Capabilities::from_names(names);
                if list.has_name("UTF8=ACCEPT") || list.has_name("UTF8=ONLY") || list.has_name("IMAP4rev2") {
                    self.names = NameEncoding::Utf8;
                }
            }
            Untagged::Status(status) => {
                if status.kind == StatusKind::Bye {
                    // Yandex says it for ever.
                    if self.bye.is_some() {
                        let error = self.closed();
                        self.close_with(error);
                        return None;
                    }
                    self.bye = Some(status.clone());
                }
                match &status.code {
                    Some(ResponseCode::Capability(list)) => self.learn_capabilities(list),
                    // Before the new mailbox is open, this says that the old one is closed.
                    Some(ResponseCode::Closed) => self.leave_mailbox(),
                    _ => {}
                }
            }
            // Before login nothing else is trusted (RFC 9051, section 11.3); ID is asked for in any state.
            Untagged::Id(id) => self.profile = self.profile.or(ServerProfile::by_id(id)),
            _ if self.state == State::NotAuthenticated => return None,
            _ => {}
        }
        if let Some(view) = self.next_view.as_mut().or(self.view.as_mut()) {
            view.update(&response);
        }
        Some(response)
    }

    /// Whether no message of the open mailbox has this number.
    pub(super) fn is_beyond(&self, seq: SeqNum) -> bool {
        let view = self.next_view.as_ref().or(self.view.as_ref());
        view.is_some_and(|view| seq.get() > view.exists)
    }
}
