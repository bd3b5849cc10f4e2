//! The verbs, one file each.

pub(crate) mod acl;
pub(crate) mod append;
pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod copy;
mod copy_account;
pub(crate) mod delete;
mod each;
pub(crate) mod export;
pub(crate) mod flag;
pub(crate) mod folders;
mod frame;
pub(crate) mod get;
pub(crate) mod mailbox;
pub(crate) mod man;
pub(crate) mod parse;
pub(crate) mod quota;
pub(crate) mod raw;
pub(crate) mod restore;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod sort;
pub(crate) mod thread;
pub(crate) mod verify;
pub(crate) mod watch;
