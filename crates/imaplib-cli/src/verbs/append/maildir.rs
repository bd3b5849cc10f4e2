//! The messages of a Maildir, with the flags in their names.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use imaplib::types::{Flag, Flags};

/// The longest file of keywords that is read.
const MAX_KEYWORDS: u64 = 64 << 10;

/// Whether the folder is a Maildir.
pub(super) fn is_maildir(folder: &Path) -> bool {
    folder.join("cur").is_dir() && folder.join("new").is_dir()
}

/// The messages, in the order of their names.
pub(super) fn messages(folder: &Path) -> io::Result<Vec<(PathBuf, Flags)>> {
    let keywords = keywords(&folder.join("dovecot-keywords"))?;
    let mut found = Vec::new();
    for part in ["new", "cur"] {
        for entry in fs::read_dir(folder.join(part))? {
            let entry = entry?;
            let name = entry.file_name();
            // Files with a dot are not messages; folders, FIFOs and links neither.
            if name.to_string_lossy().starts_with('.') || !entry.file_type()?.is_file() {
                continue;
            }
            let flags = flags_in(&name.to_string_lossy(), &keywords);
            found.push((entry.path(), flags));
        }
    }
    found.sort_unstable_by_key(|(one, _)| by_number(one));
    Ok(found)
}

/// Names begin with the time of delivery: as a number, so that `9.` comes before `10.`.
fn by_number(path: &Path) -> (u64, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let number = name.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(u64::MAX);
    (number, name)
}

/// The flags behind `:2,`, for which some systems write `;2,` or `!2,`.
fn flags_in(name: &str, keywords: &HashMap<char, Flag>) -> Flags {
    let info = [":2,", ";2,", "!2,"].iter().find_map(|mark| name.rsplit_once(mark));
    let letters = info.map(|(_, letters)| letters).unwrap_or_default();
    let flag = |letter: char| match letter {
        'D' => Some(Flag::Draft),
        'F' => Some(Flag::Flagged),
        'R' => Some(Flag::Answered),
        'S' => Some(Flag::Seen),
        'T' => Some(Flag::Deleted),
        'P' => Flag::keyword("$Forwarded").ok(),
        letter => keywords.get(&letter).cloned(),
    };
    letters.chars().filter_map(flag).collect()
}

/// What the small letters mean: Dovecot's file has a line `INDEX NAME` for each.
fn keywords(path: &Path) -> io::Result<HashMap<char, Flag>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_KEYWORDS => {}
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => return Ok(HashMap::new()),
    }
    let text = fs::read(path)?;
    let text = String::from_utf8_lossy(&text);
    let letter = |line: &str| {
        let (index, name) = line.split_once(' ')?;
        let index: u8 = index.parse().ok().filter(|index| *index < 26)?;
        Some((char::from(b'a' + index), Flag::keyword(name.trim()).ok()?))
    };
    Ok(text.lines().filter_map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_in_the_names() {
        let keywords = HashMap::from([('a', Flag::keyword("work").unwrap())]);
        for (name, expected) in [
            ("1.V7U1.imap,S=3:2,FSa", "\\Flagged \\Seen work"),
            ("1.host;2,RT", "\\Answered \\Deleted"),
            ("1.host!2,DPb", "\\Draft $Forwarded"),
            ("1.host", ""),
            ("1.host:1,S", ""),
        ] {
            let found = flags_in(name, &keywords).to_string();
            let sorted = |text: &str| {
                let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
                words.sort_unstable();
                words
            };
            assert_eq!(sorted(&found), sorted(expected), "{name}");
        }
    }
}
