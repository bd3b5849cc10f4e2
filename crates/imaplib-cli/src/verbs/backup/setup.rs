//! What the arguments mean for the archive: how it is opened, and what a run does.

use std::collections::HashSet;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use imaplib::types::{Listing, MailboxName};
use imaplib_archive::{Archive, Options, Selection, pattern};

use super::errors::failure_of;
use super::report::Notes;
use crate::args::Backup;
use crate::error::Result;
use crate::mailbox::forms::{self, Forms};

/// Opens the archive, and notes what was wrong with it.
pub(super) fn open(args: &Backup, folder: &Path, identity: &str, notes: &Notes) -> Result<Archive> {
    let archive = match (args.adopt, args.must_exist) {
        (true, _) => Archive::adopt(folder, identity),
        (false, true) => Archive::open_existing(folder, identity),
        (false, false) => Archive::open(folder, identity),
    };
    let archive = archive.map_err(|error| failure_of(&error))?;
    if let Some(damage) = archive.log_damage() {
        notes.note(&format!("the log: {damage}; what the database has is written to a new file of it"));
    }
    let (exposure, root) = (archive.exposure(), archive.root().display());
    if exposure.closed > 0 {
        notes.note(&format!(
            "other users could look into {root}: now only you can (modes 700 and 600, {} changed)",
            exposure.closed
        ));
    }
    if let Some((path, error)) = &exposure.open {
        notes.note(&format!("warning: others may be able to read {}: {error}", path.display()));
    }
    Ok(archive)
}

/// The mailboxes that are chosen, and the patterns that match none.
type Chosen = (HashSet<MailboxName>, Vec<String>);

/// The options of the run; patterns of mailboxes that match nothing are added to `unmatched`.
pub(super) fn options(args: &Backup, unmatched: &Arc<Mutex<Vec<String>>>) -> Options {
    let options = Options::new().verify(args.verify).prune(args.mirror).keep_gone(args.keep_gone);
    let options = options.allow_mass_changes(args.allow_mass_changes);
    let options = match args.longest_pause {
        Some(pause) => options.longest_pause(Duration::from_millis(pause)),
        None => options,
    };
    if args.mailbox.is_empty() && args.exclude.is_empty() {
        return options;
    }
    let (included, excluded) = (args.mailbox.clone(), args.exclude.clone());
    let unmatched = Arc::clone(unmatched);
    let selection = Selection::by(move |listed| {
        let ((wanted, missing), (unwanted, _)) = (chosen(&included, listed)?, chosen(&excluded, listed)?);
        *unmatched.lock().unwrap_or_else(PoisonError::into_inner) = missing;
        let is_chosen = |name: &MailboxName| (included.is_empty() || wanted.contains(name)) && !unwanted.contains(name);
        let names = listed.iter().map(|listing| &listing.name).filter(|name| is_chosen(name));
        Ok(names.cloned().collect())
    });
    options.selection(selection.among(args.mailbox.clone()))
}

/// Which of the listed mailboxes the patterns match, and which patterns match none: a name without wildcards means one of
/// them, in any of its forms.
fn chosen(patterns: &[String], listed: &[Listing]) -> Result<Chosen, Box<dyn Error + Send + Sync>> {
    let (mut chosen, mut unmatched) = (HashSet::new(), Vec::new());
    let forms = Forms::of_all(listed.iter().map(|listing| &listing.name));
    for pattern in patterns {
        if !pattern.contains(['*', '%']) {
            match forms::resolve(pattern, listed)? {
                Some(listing) => drop(chosen.insert(listing.name.clone())),
                None => unmatched.push(pattern.clone()),
            }
            continue;
        }
        let matches = |name: &str, listing: &Listing| pattern::matches(pattern, name, listing.delimiter);
        let is_match = |listing: &&Listing| {
            matches(&listing.name.to_text(), listing) || matches(&forms.of(&listing.name), listing)
        };
        let mut all = listed.iter().filter(is_match).peekable();
        if all.peek().is_none() {
            unmatched.push(pattern.clone());
        }
        chosen.extend(all.map(|listing| listing.name.clone()));
    }
    Ok((chosen, unmatched))
}
