//! Mailbox names as folder names: a mailbox can never leave the archive, and the name can be read back.
//!
//! Each level of the name is a folder. Bytes that are not safe are written `%XX`. A level or name that is too long is
//! cut and ends in `%~` and a hash: the true name is in the database.

use std::collections::HashSet;
use std::path::{Component, Path};

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use crate::file_system::is_device_name;
use crate::maildir::{KEYWORDS_FILE, NEW_KEYWORDS_FILE};

/// What the names of the files of the archive itself begin with.
const OWN_FILES: &str = ".imap-backup.";

/// The longest folder name; file systems allow 255 bytes.
const MAX_LEVEL: usize = 200;
/// The longest path of a mailbox within the archive.
const MAX_PATH: usize = 1000;
const MAX_LEVELS: usize = 24;
/// How many letters are escaped to tell a name from others before a hash does; of a long name, one.
const MAX_ESCAPED_LETTERS: usize = 8;

/// The folder for the mailbox `name`, relative to the archive, with `/` between levels.
///
/// `taken` holds the folders of other mailboxes, each [`folded`]: folders are kept apart on every file system.
pub(crate) fn folder(name: &str, delimiter: Option<char>, taken: &HashSet<String>) -> String {
    let plain = encode(name, delimiter, 0);
    if !taken.contains(&folded(&plain)) {
        return plain;
    }
    let most = if plain.len() > MAX_LEVEL { 1 } else { MAX_ESCAPED_LETTERS };
    let letters = name.chars().filter(|c| c.is_alphabetic()).take(most).count();
    let mut escaped = (1..=letters).map(|count| encode(name, delimiter, count));
    let free = escaped.find(|folder| !taken.contains(&folded(folder)));
    free.unwrap_or_else(|| shortened(name, &plain, taken))
}

/// Equal for names that are the same to some file system: by case, by composition, or as a compatible form.
pub(crate) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // Through upper case first, in which `ß` is `SS` and both small sigmas are one.
    let fold = |text: String| text.to_uppercase().to_lowercase().nfkc().collect::<String>();
    // A compatible form may be a capital letter.
    fold(fold(name.nfkc().collect()))
}

/// Whether a folder stays within the archive, as all do that [`folder`] returns.
pub(crate) fn is_inside(folder: &str) -> bool {
    folder.split('/').all(is_plain)
}

/// Whether this is the name of a file or folder, and no way to another place.
pub(crate) fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let only = parts.next().filter(|_| parts.next().is_none() && !name.contains('\0'));
    matches!(only, Some(Component::Normal(part)) if part == name)
}

/// Encodes, with the first `escaped_letters` letters written as `%XX` too.
fn encode(name: &str, delimiter: Option<char>, mut escaped_letters: usize) -> String {
    let levels: Vec<&str> = match delimiter {
        Some(delimiter) => name.split(delimiter).collect(),
        None => vec![name],
    };
    let count = levels.len();
    let encoded: Vec<String> = levels.into_iter().map(|level| encode_level(level, &mut escaped_letters)).collect();
    let path = encoded.join("/");
    if path.len() > MAX_PATH || count > MAX_LEVELS {
        return cut(&path.replace('/', "%2F"), name);
    }
    path
}

fn encode_level(level: &str, escaped_letters: &mut usize) -> String {
    let reserved = is_reserved(level);
    let mut out = String::with_capacity(level.len());
    for (at, c) in level.char_indices() {
        let first = at == 0;
        let last = at + c.len_utf8() == level.len();
        let mut escape = is_unsafe(c)
            || (first && (reserved || matches!(c, '.' | '-' | '~' | ' ')))
            || (last && matches!(c, '.' | ' '));
        if *escaped_letters > 0 && c.is_alphabetic() {
            *escaped_letters -= 1;
            escape = true;
        }
        if escape { push_escaped(&mut out, c) } else { out.push(c) }
    }
    if out.is_empty() {
        // An empty level, as in `a//b`, must not vanish.
        out.push('%');
    }
    if out.len() > MAX_LEVEL { cut(&out, level) } else { out }
}

/// Characters that some file system or terminal cannot take.
fn is_unsafe(c: char) -> bool {
    !c.is_ascii_alphanumeric()
        && (matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%') || steers_a_terminal(c))
}

/// What can move a terminal's cursor, change colours, reorder or hide text. It is a part of the format: names that were made
/// stay as they are.
fn steers_a_terminal(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Names that mean something in a Maildir, in the archive itself, or to Windows.
fn is_reserved(level: &str) -> bool {
    let stem = level.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let lower = folded(level);
    is_device_name(level)
        // No devices, but the format has always had them escaped.
        || matches!(stem.as_str(), "com0" | "lpt0")
        || matches!(lower.as_str(), "cur" | "new" | "tmp" | "readme.txt" | "archive.json" | KEYWORDS_FILE | NEW_KEYWORDS_FILE)
        || lower.starts_with(OWN_FILES)
}

fn push_escaped(out: &mut String, c: char) {
    use std::fmt::Write as _;
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(out, "%{byte:02X}");
    }
}

/// Keeps the beginning, and keeps such names apart by a hash of the whole.
fn cut(encoded: &str, name: &str) -> String {
    let mut kept = String::new();
    for c in encoded.chars() {
        if kept.len() + c.len_utf8() > 120 {
            break;
        }
        kept.push(c);
    }
    // Half of an escape at the cut would be misread.
    if let Some(at) = kept.rfind('%').filter(|at| kept.len() - at < 3) {
        kept.truncate(at);
    }
    format!("{kept}%~{}", hash(name.as_bytes()))
}

fn shortened(name: &str, plain: &str, taken: &HashSet<String>) -> String {
    let flat = plain.replace('/', "%2F");
    let mut candidates = (0_u32..).map(|n| cut(&flat, &format!("{name}\0{n}")));
    candidates.find(|folder| !taken.contains(&folded(folder))).unwrap_or_default()
}

fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().take(16).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way back: what the documentation promises.
    fn decode(folder: &str) -> String {
        let levels = folder.split('/').map(|level| {
            let mut out = Vec::new();
            let mut bytes = level.bytes();
            while let Some(byte) = bytes.next() {
                if byte == b'%' {
                    let Some(high) = bytes.next() else { break };
                    let pair = [high, bytes.next().unwrap()];
                    out.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
                } else {
                    out.push(byte);
                }
            }
            String::from_utf8(out).unwrap()
        });
        levels.collect::<Vec<_>>().join("/")
    }

    fn lower(folders: &[&str]) -> HashSet<String> {
        folders.iter().map(|folder| folded(folder)).collect()
    }

    #[test]
    fn names_are_safe_and_can_be_read_back() {
        for (name, expected) in [
            ("INBOX", "INBOX"),
            ("Archive/2024", "Archive/2024"),
            ("Entwürfe/漢字", "Entwürfe/漢字"),
            ("..", "%2E%2E"),
            ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
            (".imap-backup.sqlite", "%2Eimap-backup.sqlite"),
            ("a/cur", "a/%63ur"),
            ("TMP", "%54MP"),
            ("a/dovecot-keywords", "a/%64ovecot-keywords"),
            ("a/Dovecot-Keywords.imap-backup", "a/%44ovecot-Keywords.imap-backup"),
            (".imap-backup.lock", "%2Eimap-backup.lock"),
            ("a/./b", "a/%2E/b"),
            ("", "%"),
            ("/a//b", "%/a/%/b"),
            ("nul\\x:y", "nul%5Cx%3Ay"),
            ("NUL.txt", "%4EUL.txt"),
            ("100%", "100%25"),
            ("-rf", "%2Drf"),
            ("a\u{1b}[2J\u{202e}", "a%1B[2J%E2%80%AE"),
            ("x.", "x%2E"),
        ] {
            let folder = folder(name, Some('/'), &HashSet::new());
            assert_eq!(folder, expected);
            assert_eq!(decode(&folder), name);
            for level in folder.split('/') {
                assert!(!level.is_empty() && !level.starts_with('.'), "{folder}");
            }
        }
    }

    #[test]
    fn a_path_is_cut_only_beyond_the_limit() {
        let name = |length: usize| {
            let mut name = format!("{}/", "x".repeat(99)).repeat(length.div_ceil(100));
            name.replace_range(length - 1.., "x");
            name
        };
        let kept = name(MAX_PATH);
        assert_eq!((folder(&kept, Some('/'), &HashSet::new()), kept.len()), (kept.clone(), MAX_PATH));
        let cut = folder(&name(MAX_PATH + 1), Some('/'), &HashSet::new());
        assert!(cut.len() <= MAX_LEVEL && !cut.contains('/'), "{cut}");
    }

    #[test]
    fn folders_that_lead_elsewhere_are_known() {
        for inside in ["INBOX", "Archive/2024", "%", "...", "-rf", "a b"] {
            assert!(is_inside(inside), "{inside}");
        }
        for outside in ["", "..", ".", "../x", "a/../../x", "/etc", "a//b", "a/", "a/./b", "a\0b"] {
            assert!(!is_inside(outside), "{outside}");
        }
        assert!(is_plain("9.V3U7.imap,S=3:2,S") && !is_plain("a/b"));
    }

    #[test]
    fn without_a_delimiter_the_slash_is_a_character() {
        assert_eq!(folder("a/b", None, &HashSet::new()), "a%2Fb");
        assert_eq!(folder("a.b/c", Some('.'), &HashSet::new()), "a/b%2Fc");
    }

    #[test]
    fn names_that_differ_by_case_get_folders_that_differ_by_more() {
        let mut taken = HashSet::new();
        for name in ["Foo", "foo", "FOO", "fOO", "fOo", "FoO", "foO", "FOo"] {
            let folder = folder(name, Some('/'), &taken);
            assert_eq!(decode(&folder), name);
            assert!(taken.insert(folded(&folder)), "{folder}");
        }
        assert_eq!(folder("foo", None, &lower(&["Foo"])), "%66oo");
        let clash = folder("1", None, &lower(&["1"]));
        assert!(clash.starts_with("1%~"), "{clash}");
    }

    #[test]
    fn names_that_some_file_system_takes_for_the_same_get_different_folders() {
        for (one, other) in [
            ("Straße", "STRASSE"),
            ("Caf\u{e9}", "CAFE\u{301}"),
            ("ΟΔΟΣ", "οδος"),
            ("\u{210c}", "h"),
            ("ﬁn", "FIN"),
            ("①", "1"),
            ("\u{212a}", "k"),
        ] {
            assert_eq!(folded(one), folded(other));
            for (first, second) in [(one, other), (other, one)] {
                let second_folder = folder(second, None, &lower(&[first]));
                assert_ne!(folded(&second_folder), folded(first), "{second_folder}");
            }
        }
        assert_ne!(folded("Entwürfe"), folded("Entwurfe"));
    }

    #[test]
    fn many_long_names_that_differ_late_by_case_take_little_time() {
        let start = std::time::Instant::now();
        let stem = vec!["a".repeat(175); 5].join("/");
        let mut taken = HashSet::new();
        for number in 0..3000_u32 {
            let end = (0..21).map(|bit| if number >> bit & 1 == 1 { 'A' } else { 'a' });
            let folder = folder(&format!("{stem}{}", end.collect::<String>()), Some('/'), &taken);
            assert!(folder.len() <= MAX_PATH);
            assert!(taken.insert(folder.to_lowercase()), "{folder}");
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    }

    #[test]
    fn long_and_deep_names_are_cut_and_told_apart() {
        let long = "x".repeat(10_000);
        let other = format!("{long}y");
        let (one, two) = (folder(&long, Some('/'), &HashSet::new()), folder(&other, Some('/'), &HashSet::new()));
        assert!(one != two && one.len() <= MAX_LEVEL && two.len() <= MAX_LEVEL);
        let deep = folder(&"ü/".repeat(5000), Some('/'), &HashSet::new());
        assert!(deep.len() <= MAX_LEVEL && !deep.contains('/'), "{deep}");
        let percent = folder(&"%".repeat(300), None, &HashSet::new());
        assert!(percent.len() <= MAX_LEVEL, "{percent}");
    }
}
