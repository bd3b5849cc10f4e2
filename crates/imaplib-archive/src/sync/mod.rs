//! Bringing an archive up to date: a run, its mailboxes, and what makes each of them equal to the server's.

mod apply;
mod aside;
mod attempts;
mod changes;
mod contradictions;
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
mod server_state;
mod stuck;
mod transfer;
mod unlisted;
mod window;
