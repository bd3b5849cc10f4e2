//! What the tool makes of names, and what it reads back from an archive that anybody may have changed: names stay in their
//! folder and apart from each other, and no file in a Maildir stops it.
#![no_main]
#![allow(dead_code)] // The modules of the tool are taken as they are; not all of them is played here.

extern crate imaplib_proto as imaplib;

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use imaplib::types::{Flag, Flags};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/imaplib-cli/src/backup/archive.rs"]
mod archive;
#[path = "../../crates/imaplib-cli/src/exit.rs"]
mod exit;
#[path = "../../crates/imaplib-cli/src/backup/gone.rs"]
mod gone;
#[path = "../../crates/imaplib-cli/src/backup/maildir.rs"]
mod maildir;
#[path = "../../crates/imaplib-cli/src/backup/names.rs"]
mod names;
#[path = "../../crates/imaplib-cli/src/backup/owner.rs"]
mod owner;
#[path = "../../crates/imaplib-cli/src/backup/pattern.rs"]
mod pattern;
#[path = "../../crates/imaplib-cli/src/backup/private.rs"]
mod private;
#[path = "../../crates/imaplib-cli/src/safe_name.rs"]
mod safe_name;
#[path = "../../crates/imaplib-cli/src/backup/schema.rs"]
mod schema;
#[path = "../../crates/imaplib-cli/src/backup/state.rs"]
mod state;
#[path = "../../crates/imaplib-cli/src/backup/stored.rs"]
mod stored;
#[path = "../../crates/imaplib-cli/src/output"]
mod output {
    pub(crate) mod diagnostics;
    pub(crate) mod escape;
    pub(crate) mod json;
    pub(crate) use diagnostics::note;
}

static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let place = std::env::temp_dir().join(format!("imaplib-fuzz-archive-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    place
});

#[derive(Arbitrary, Debug)]
struct Input {
    mailboxes: Vec<String>,
    delimiter: Option<char>,
    pattern: String,
    files: Vec<String>,
    keywords: Vec<u8>,
    flags: Vec<String>,
    /// What somebody wrote into the database, column by column.
    mailbox_row: Option<[Column; 7]>,
    message_row: Option<[Column; 8]>,
}

/// A value of any type that SQLite has.
#[derive(Arbitrary, Debug)]
enum Column {
    Null,
    Number(i64),
    Fraction(f64),
    Text(String),
    Octets(Vec<u8>),
}

impl rusqlite::ToSql for Column {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value};
        Ok(ToSqlOutput::Owned(match self {
            Self::Null => Value::Null,
            Self::Number(number) => Value::Integer(*number),
            Self::Fraction(number) => Value::Real(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Octets(octets) => Value::Blob(octets.clone()),
        }))
    }
}

/// Reads a database in which somebody has written: whatever is there, nothing panics.
fn read_database(mailbox: &[Column; 7], message: Option<&[Column; 8]>) {
    let path = PLACE.join("state.sqlite");
    let Ok(opened) = state::State::open(&path) else { panic!("our own database can be opened") };
    drop(opened);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; DELETE FROM messages; DELETE FROM mailboxes;",
    )
    .unwrap();
    let columns = "INSERT INTO mailboxes (id, name, wire, dir, uidvalidity, uidnext, highestmodseq, unsettled) VALUES \
                   (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let _ = raw.execute(columns, rusqlite::params_from_iter(mailbox));
    if let Some(message) = message {
        let columns = "INSERT INTO messages (mailbox, uidvalidity, uid, file, flags, size, internaldate, sha256, expunged) \
                       VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let _ = raw.execute(columns, rusqlite::params_from_iter(message));
    }
    drop(raw);
    let mut state = state::State::open(&path).unwrap();
    let _ = state.identity();
    let _ = state.mailboxes();
    let _ = state.count(1, 1);
    let _ = state.count_former(1, 1);
    let _ = state.with_stored((1, 1), 0..=u32::MAX, |mut rows| {
        rows.advance()?;
        while rows.current().is_some() {
            rows.advance()?;
        }
        Ok(())
    });
    let _ = state.stored(1, 1, 1);
    let _ = state.newest(1, 1, 3);
    let _ = state.set_aside_of(1, 1, None);
    let _ = state.next_aside(1);
    let _ = state.for_each_file(1, |_, _, _| Ok(()));
    let _ = state.file(1, 1, 1);
    let _ = state.unsettle(1, 1);
    if let Ok(change) = state.change(1, 1) {
        let _ = change.remove(1).and_then(|()| change.commit());
    }
}

/// Whether the path is nothing but names of folders, none of them special.
fn is_within(folder: &str) -> bool {
    let levels: Vec<&str> = folder.split('/').collect();
    let plain = Path::new(folder).components().all(|part| matches!(part, Component::Normal(_)));
    plain && levels.iter().all(|level| !level.is_empty() && level.len() <= 255 && !level.contains(['\0', '\\']))
}

fuzz_target!(|input: Input| {
    let mut taken = HashSet::new();
    let mut seen = HashSet::new();
    for mailbox in input.mailboxes.iter().take(8).filter(|mailbox| seen.insert(mailbox.as_str())) {
        let folder = names::folder(mailbox, input.delimiter, &taken);
        assert!(is_within(&folder), "{folder:?}");
        assert!(taken.insert(folder.to_lowercase()), "{folder:?} is taken");
        pattern::matches(&input.pattern, mailbox, input.delimiter);
        let file = safe_name::safe_name(mailbox, "message");
        assert!(!file.contains('/') && is_within(&file) && file.len() <= 255, "{file:?}");
        assert!(!output::escape::line(mailbox).contains(|c: char| c.is_control()));
    }
    let (root, cur) = (&*PLACE, PLACE.join("box/cur"));
    std::fs::create_dir_all(&cur).unwrap();
    std::fs::create_dir_all(root.join("box/tmp")).unwrap();
    std::fs::create_dir_all(root.join("box/new")).unwrap();
    std::fs::write(root.join("box/dovecot-keywords"), &input.keywords).unwrap();
    let mut made = Vec::new();
    for name in input.files.iter().take(4).map(|name| name.replace(['/', '\0'], "_")) {
        let path = cur.join(&name);
        if !name.is_empty() && path.starts_with(&cur) && std::fs::write(&path, b"x").is_ok() {
            made.push(path);
        }
        let other = maildir::with_info(&name, "FS");
        assert_eq!(maildir::size_in(&other), maildir::size_in(&maildir::with_info(&other, "")));
    }
    // Keywords that are no text are an error, and nothing else is.
    if let Ok(mut folder) = maildir::Maildir::open(root, "box", false) {
        assert!(folder.messages().unwrap().len() <= made.len());
        let flags: Flags = input.flags.iter().take(40).filter_map(|name| name.parse::<Flag>().ok()).collect();
        let info = folder.info(&flags).unwrap();
        assert!(info.bytes().all(|letter| letter.is_ascii_alphabetic()), "{info:?}");
    }
    made.iter().for_each(|path| drop(std::fs::remove_file(path)));
    if let Some(mailbox) = &input.mailbox_row {
        read_database(mailbox, input.message_row.as_ref());
    }
});
