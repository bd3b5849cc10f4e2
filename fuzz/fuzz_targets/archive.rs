//! What an archive makes of names, and what it reads back from a folder that anybody may have changed: names stay in their
//! folder and apart from each other, and no file in a Maildir stops it.
#![no_main]

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use imaplib_archive::{fuzz, pattern};
use imaplib_proto::types::{Flag, Flags};
use libfuzzer_sys::fuzz_target;

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
    Bytes(Vec<u8>),
}

impl rusqlite::ToSql for Column {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value};
        Ok(ToSqlOutput::Owned(match self {
            Self::Null => Value::Null,
            Self::Number(number) => Value::Integer(*number),
            Self::Fraction(number) => Value::Real(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Bytes(bytes) => Value::Blob(bytes.clone()),
        }))
    }
}

/// Reads a database in which somebody has written: whatever is there, nothing panics.
fn read_database(mailbox: &[Column; 7], message: Option<&[Column; 8]>) {
    let path = PLACE.join("state.sqlite");
    fuzz::read_index(&path, || {
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
    });
}

/// Whether the path is nothing but names of folders, none of them special.
fn is_within(folder: &str) -> bool {
    let levels: Vec<&str> = folder.split('/').collect();
    let plain = Path::new(folder).components().all(|part| matches!(part, Component::Normal(_)));
    plain && levels.iter().all(|level| !level.is_empty() && level.len() <= 255 && !level.contains(['\0', '\\']))
}

fuzz_target!(|input: Input| {
    let mut taken = HashSet::new();
    let mut folders = HashSet::new();
    let mut seen = HashSet::new();
    for mailbox in input.mailboxes.iter().take(8).filter(|mailbox| seen.insert(mailbox.as_str())) {
        let folder = fuzz::folder_of(mailbox, input.delimiter, &mut taken);
        assert!(is_within(&folder), "{folder:?}");
        assert!(folders.insert(folder.to_lowercase()), "{folder:?} is taken");
        let _ = pattern::matches(&input.pattern, mailbox, input.delimiter);
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
        let (other, size) = fuzz::with_info(&name, "FS");
        assert_eq!(size, fuzz::with_info(&other, "").1);
    }
    let flags: Flags = input.flags.iter().take(40).filter_map(|name| name.parse::<Flag>().ok()).collect();
    // Keywords that are no text are an error, and nothing else is.
    if let Ok((messages, info)) = fuzz::keywords_of(root, "box", &flags) {
        assert!(messages <= made.len());
        assert!(info.bytes().all(|letter| letter.is_ascii_alphabetic()), "{info:?}");
    }
    made.iter().for_each(|path| drop(std::fs::remove_file(path)));
    if let Some(mailbox) = &input.mailbox_row {
        read_database(mailbox, input.message_row.as_ref());
    }
});
