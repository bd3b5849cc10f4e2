//! Bringing an archive up to date: a run, its mailboxes, and what makes each of them equal to the server's.

mod apply;
mod aside;
pub(crate) mod attempts;
mod changes;
pub(crate) mod contradictions;
mod copies;
mod folder;
mod install;
mod listing;
mod mailbox;
mod places;
mod plan;
mod reasons;
mod receive;
mod renames;
mod run;
pub(crate) mod server_id;
pub(crate) mod server_state;
mod stuck;
mod transfer;
mod unlisted;
mod window;
