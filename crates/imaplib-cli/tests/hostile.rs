//! A hostile server gets nothing out of the tool: no hang, no crash, no password, no escape sequence on the terminal, no
//! file outside the folder, no more than 64 MiB of memory.
//!
//! The scenarios are those of `imaplib_testserver::hostile`.
#![allow(clippy::unwrap_used, missing_docs)]

use hostile::{Subject, all_faults, play_all};

#[test]
fn the_tool_is_safe() {
    let outcomes = play_all(&Subject::Tool(env!("CARGO_BIN_EXE_imap").into()), 16).unwrap();
    assert_eq!(all_faults(&outcomes), [""; 0]);
}
