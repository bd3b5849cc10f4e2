//! What the fuzz targets call: it reads what anybody may have changed.

use std::collections::HashSet;
use std::path::Path;

use imaplib::types::Flags;

use crate::error::{ArchiveError, Result};
use crate::folder_name;
use crate::index::{After, Index};
use crate::maildir::{self, Maildir};

/// Opens the database at this path, after `change` was run on it, and reads all that a run reads of one mailbox.
pub fn read_index(path: &Path, change: impl FnOnce()) {
    let Ok(opened) = Index::open(path) else { return };
    drop(opened);
    change();
    let Ok(mut index) = Index::open(path) else { return };
    let _ = index.identity();
    let _ = index.mailboxes();
    let _ = index.newest_dates();
    let _ = index.count(1, 1);
    let _ = index.count_former(1, 1);
    let _ = index.with_stored((1, 1), 0..=u32::MAX, |mut rows| {
        rows.advance()?;
        while rows.current().is_some() {
            rows.advance()?;
        }
        Ok(())
    });
    let _ = index.stored(1, 1, 1);
    let _ = index.newest(1, 1, 3);
    let _ = index.messages(1, &mut After::message(None), 3, &|file| path.join(file), &mut |_| Ok(()));
    let _ = index.set_aside_of(1, 1, None);
    let _ = index.next_aside(1);
    let _ = index.for_each_file(1, |_, _, _| Ok(()));
    let _ = index.file(1, 1, 1);
    let _ = index.unsettle(1, 1);
    let _ = index.note_all_gone(1, 1);
    if let Ok(change) = index.change(1, 1) {
        let _ = change.remove(1).and_then(|()| change.commit());
    }
}

/// Opens a Maildir, whose files and keywords anybody may have made; returns how many messages it has, and the letters of these
/// flags. An error where its keywords cannot be read.
///
/// # Errors
/// If the folder cannot be opened.
pub fn keywords_of(root: &Path, folder: &str, flags: &Flags) -> Result<(usize, String)> {
    let explain = |error| ArchiveError::io("read", root, error);
    let mut maildir = Maildir::open(root, folder, false).map_err(explain)?;
    let messages = maildir.messages()?.after(None, usize::MAX)?.len();
    Ok((messages, maildir.info(flags).map_err(explain)?))
}

/// The folder of a mailbox with this name beside the folders in `taken`; adds it there.
pub fn folder_of(name: &str, delimiter: Option<char>, taken: &mut HashSet<String>) -> String {
    let folder = folder_name::folder(name, delimiter, taken);
    taken.insert(folder_name::folded(&folder));
    folder
}

/// A file's name with other flags, and the size in it.
pub fn with_info(file: &str, info: &str) -> (String, Option<u64>) {
    let name = maildir::with_info(file, info);
    let size = maildir::size_in(&name);
    (name, size)
}
