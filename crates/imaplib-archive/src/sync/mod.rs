//! Bringing an archive up to date: a run, its mailboxes, and what makes each of them equal to the server's.

mod apply;
mod aside;
mod aside_again;
mod attempts;
mod changes;
mod contradictions;
mod folder;
mod install;
mod listing;
mod mailbox;
mod plan;
mod reasons;
mod receive;
mod run;
mod server_state;
mod stuck;
mod text;
mod transfer;
mod unlisted;
mod warnings;
mod window;
