//! `imap flag ACCOUNT MAILBOX UIDS +FLAG -FLAG`

use std::path::Path;

use imaplib::blocking::Mailbox;
use imaplib::command::{FetchItem, Store};
use imaplib::types::{Flag as MessageFlag, Flags, UidSet};
use serde_json::json;

use crate::account::Account;
use crate::args::Flag;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output::{self, Output};
use crate::selection;

pub(crate) fn run(args: &Flag, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uids = selection::uids(&args.uids)?;
    let (add, remove) = changes(args)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut session = connector.session()?;
    let mut mailbox = selection::select(&mut session, &args.mailbox)?;
    let (uids, mut exit) = selection::existing(&mut mailbox, &uids, &args.mailbox)?;
    let stores = [
        (!add.is_empty()).then(|| Store::add(add.clone())),
        (!remove.is_empty()).then(|| Store::remove(remove.clone())),
    ];
    for store in stores.into_iter().flatten() {
        mailbox.store(&uids, store.silent()).map_err(|error| failure(&error).context("flags").of_change())?;
    }
    let not_kept = not_kept(&mut mailbox, &uids, &add, &remove)?;
    if !not_kept.is_empty() {
        output::note(&format!("the server did not keep the change of these flags: {not_kept}"));
        exit = Exit::Partial;
    }
    if out.is_json() {
        let words = |flags: &Flags| flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>();
        let kept = |flags: &Flags| flags.iter().filter(|flag| !not_kept.contains(flag)).collect::<Flags>();
        out.object(&json!({
            "change": "flags",
            "mailbox": args.mailbox,
            "uids": uids.to_string(),
            "messages": uids.len(),
            "added": words(&kept(&add)),
            "removed": words(&kept(&remove)),
            "not_kept": words(&not_kept),
        }))?;
    } else if out.is_terminal() {
        out.line(&format!("{} messages changed", uids.len()))?;
    }
    let _ = session.logout();
    Ok(exit)
}

/// The flags whose change the server did not make, or does not keep beyond this session. It may say OK to both.
fn not_kept(mailbox: &mut Mailbox<'_>, uids: &UidSet, add: &Flags, remove: &Flags) -> Result<Flags> {
    let permanent = mailbox.view().and_then(|view| view.permanent_flags.clone());
    let lasts = |flag: &MessageFlag| {
        let is_keyword = !flag.as_bytes().starts_with(b"\\");
        permanent
            .as_ref()
            .is_none_or(|kept| kept.contains(flag) || (is_keyword && kept.contains(&MessageFlag::Wildcard)))
    };
    let mut not_kept: Flags = add.iter().filter(|flag| !lasts(flag)).collect();
    let mut rows = mailbox.fetch(uids, FetchItem::Flags).map_err(|error| failure(&error).context("flags"))?;
    while let Some(row) = rows.next().map_err(|error| failure(&error).context("flags"))? {
        let Some(flags) = row.flags().filter(|_| row.uid().is_some_and(|uid| uids.contains(uid))) else { continue };
        for flag in
            add.iter().filter(|flag| !flags.contains(flag)).chain(remove.iter().filter(|flag| flags.contains(flag)))
        {
            not_kept.insert(flag);
        }
    }
    Ok(not_kept)
}

fn changes(args: &Flag) -> Result<(Flags, Flags)> {
    let (mut add, mut remove) = (Flags::new(), Flags::new());
    for change in &args.changes {
        if let Some(name) = change.strip_prefix('+') {
            add.insert(flag(name)?);
        } else if let Some(name) = change.strip_prefix('-') {
            remove.insert(flag(name)?);
        } else {
            return Err(Failure::usage(format!("{change:?} does not say whether to set or to take away"))
                .hint(format!("write +{change} or -{change}")));
        }
    }
    for name in &args.remove {
        remove.insert(flag(name)?);
    }
    if add.is_empty() && remove.is_empty() {
        return Err(Failure::usage("no flag to set or to take away")
            .hint("for example: imap flag ACCOUNT INBOX 17 +Seen -Flagged"));
    }
    Ok((add, remove))
}

/// A flag as people write it: `seen`, `\Seen`, or a keyword.
pub(crate) fn flag(name: &str) -> Result<MessageFlag> {
    let bare = name.trim_start_matches('\\').to_ascii_lowercase();
    let system = match bare.as_str() {
        "seen" | "read" => Some(MessageFlag::Seen),
        "flagged" | "starred" => Some(MessageFlag::Flagged),
        "answered" | "replied" => Some(MessageFlag::Answered),
        "draft" => Some(MessageFlag::Draft),
        "deleted" => Some(MessageFlag::Deleted),
        _ => None,
    };
    if let Some(flag) = system {
        return Ok(flag);
    }
    if bare == "recent" {
        return Err(Failure::usage("only the server sets \\Recent"));
    }
    MessageFlag::keyword(name).map_err(|_| {
        Failure::usage(format!("{name:?} is no flag"))
            .hint("flags are seen, flagged, answered, draft, deleted, and keywords: words without spaces and without ( ) { % * \" \\ ]")
    })
}

/// The messages as a person counts them.
pub(crate) fn count(uids: &UidSet) -> String {
    if uids.len() == 1 { "1 message".to_owned() } else { format!("{} messages", uids.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_have_friendly_names() {
        for (name, expected) in [("Seen", "\\Seen"), ("\\flagged", "\\Flagged"), ("$Junk", "$Junk"), ("work", "work")] {
            assert_eq!(flag(name).unwrap().to_string(), expected);
        }
        for name in ["", "two words", "\\Other", "\\Recent", "a\r\nb"] {
            assert_eq!(flag(name).unwrap_err().exit(), Exit::Usage, "{name}");
        }
    }
}
