//! The names of files and folders of an export.
//!
//! A mailbox has the folder that it has in the archive. Only a level that ends as the files of an export do is written
//! differently: `INBOX.mbox/x` needs a folder where `INBOX` has a file.

use std::path::{Path, PathBuf};

/// The folder of what has left the server, as in the archive.
const GONE: &str = ".gone";

/// The folder of a mailbox, relative to the export, with `/` between levels.
pub(super) fn folder(dir: &str, gone: bool) -> String {
    let levels = gone.then(|| GONE.to_owned()).into_iter().chain(dir.split('/').map(level));
    levels.collect::<Vec<_>>().join("/")
}

/// No other level is written like this: in all of them `%` begins what an escape stands for, and a dot is escaped at the ends alone.
fn level(level: &str) -> String {
    for ending in ["mbox", "eml"] {
        let at = level.len().saturating_sub(ending.len() + 1);
        if let (Some(stem), Some(end)) = (level.get(..at), level.get(at..))
            && end.strip_prefix('.').is_some_and(|end| end.eq_ignore_ascii_case(ending))
        {
            return format!("{stem}%2E{}", end.trim_start_matches('.'));
        }
    }
    level.to_owned()
}

/// The name of a message's file. It never changes, and sorts as messages arrived.
pub(super) fn file(uid_validity: u64, uid: u32) -> String {
    format!("{uid_validity}-{uid:010}.eml")
}

/// The path of a file or folder of an export.
pub(super) fn within(root: &Path, relative: &str) -> PathBuf {
    relative.split('/').fold(root.to_owned(), |path, level| path.join(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_never_has_the_name_of_a_file() {
        for (dir, gone, expected) in [
            ("INBOX", false, "INBOX"),
            ("Lists/rust", true, ".gone/Lists/rust"),
            ("INBOX.mbox/x", false, "INBOX%2Embox/x"),
            ("a/7-0000000001.EML/b.Mbox", false, "a/7-0000000001%2EEML/b%2EMbox"),
            ("mbox/eml/ä.m", false, "mbox/eml/ä.m"),
        ] {
            assert_eq!(folder(dir, gone), expected);
        }
        assert!(file(7, 9) < file(7, 10));
    }
}
