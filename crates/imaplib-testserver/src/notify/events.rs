//! The events that NOTIFY can be asked for, and of which mailboxes.

use crate::fetch::item::Item;
use crate::name;

/// What a client has asked for.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// Events of the selected mailbox; `None` if there shall be none.
    pub(crate) selected: Option<Selected>,
    pub(super) groups: Vec<Group>,
    /// Whether the state of each mailbox is to be sent at once.
    pub(super) wants_status: bool,
}

/// Which events of the selected mailbox are sent.
#[derive(Debug)]
pub(crate) struct Selected {
    /// Expunges wait for a command that allows them.
    pub(crate) delayed: bool,
    pub(crate) flags: bool,
    /// What is fetched of new messages.
    pub(crate) items: Vec<Item>,
}

/// Events of some mailboxes.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) filter: Filter,
    pub(super) events: Events,
}

#[derive(Debug)]
pub(super) enum Filter {
    /// All mailboxes: mail can be delivered to each, and all are the user's own.
    Personal,
    Subscribed,
    Subtree(Vec<String>),
    Mailboxes(Vec<String>),
}

/// The events that a group names.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Events {
    /// MessageNew and MessageExpunge, which go together.
    pub(super) messages: bool,
    pub(super) flags: bool,
    pub(super) names: bool,
    pub(super) subscriptions: bool,
    pub(super) metadata: bool,
    pub(super) server_metadata: bool,
}

impl Request {
    /// Whether events are sent while no command is in progress.
    pub(crate) fn is_active(&self) -> bool {
        self.selected.is_some() || !self.groups.is_empty()
    }

    /// The events of a mailbox, from all groups that name it.
    pub(super) fn events_of(&self, mailbox: &str, subscribed: bool) -> Events {
        self.groups.iter().filter(|group| group.filter.holds(mailbox, subscribed)).fold(
            Events::default(),
            |sum, Group { events, .. }| Events {
                messages: sum.messages || events.messages,
                flags: sum.flags || events.flags,
                names: sum.names || events.names,
                subscriptions: sum.subscriptions || events.subscriptions,
                metadata: sum.metadata || events.metadata,
                server_metadata: sum.server_metadata || events.server_metadata,
            },
        )
    }
}

impl Filter {
    fn holds(&self, mailbox: &str, subscribed: bool) -> bool {
        match self {
            Self::Personal => true,
            Self::Subscribed => subscribed,
            Self::Subtree(names) => names.iter().any(|name| name == mailbox || name::is_below(mailbox, name)),
            Self::Mailboxes(names) => names.iter().any(|name| name == mailbox),
        }
    }
}
