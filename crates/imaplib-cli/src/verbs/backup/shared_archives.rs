//! Accounts of the configuration file that have one and the same folder for their archive: found before anything is begun.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use imaplib_archive::Reader;

use crate::account::Account;
use crate::error::{Failure, Result};

/// Refuses accounts whose archive is another account's too; the one to which it is bound already is left alone.
pub(super) fn refuse(accounts: &mut [(String, Result<Account>)]) {
    let mut by_folder: HashMap<PathBuf, Vec<usize>> = HashMap::new();
    for (index, (_, account)) in accounts.iter().enumerate() {
        if let Some(folder) = account.as_ref().ok().and_then(|account| account.archive.as_deref()) {
            by_folder.entry(resolved(folder)).or_default().push(index);
        }
    }
    for (folder, indexes) in by_folder.into_iter().filter(|(_, indexes)| indexes.len() > 1) {
        let owner = Reader::open(&folder).ok().and_then(|archive| archive.account().ok().flatten());
        let of = |index: &usize| accounts.get(*index);
        let is_owner = |account: &Account| owner.as_ref().is_some_and(|owner| *owner == account.identity());
        let rightful = indexes
            .iter()
            .copied()
            .find(|index| of(index).is_some_and(|(_, account)| account.as_ref().is_ok_and(is_owner)));
        let names: Vec<String> = indexes.iter().filter_map(of).map(|(name, _)| name.clone()).collect();
        for index in indexes.into_iter().filter(|index| Some(*index) != rightful) {
            let Some((name, account)) = accounts.get_mut(index) else { continue };
            let others: Vec<&str> = names.iter().filter(|other| *other != name).map(String::as_str).collect();
            let text = format!("{} is also the archive of {}", folder.display(), others.join(", "));
            *account = Err(Failure::config(text).hint("give each account a folder of its own"));
        }
    }
}

/// The same path for the same folder: without links as far as it is there, and without `..`.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(found.pop()),
            Component::CurDir => {}
            part => found.push(part),
        }
        // Where a link leads is what `..` behind it starts from.
        found = fs::canonicalize(&found).unwrap_or(found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_has_one_path() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir(root.join("a")).unwrap();
        for path in ["a/x", "a/../a/x", "new/../a/x", "./a//x/", "a/x/y/.."] {
            assert_eq!(resolved(&root.join(path)), root.join("a/x"), "{path}");
        }
        assert_ne!(resolved(&root.join("a/x")), resolved(&root.join("x")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
            assert_eq!(resolved(&root.join("link/x")), root.join("a/x"));
            assert_eq!(resolved(&root.join("link/../x")), root.join("x"));
        }
    }
}
