//! `imap flag ACCOUNT MAILBOX UIDS +FLAG -FLAG`

use std::path::Path;

use imaplib::command::{FetchItem, FlagChange};
use imaplib::types::{Flag as MessageFlag, Flags, UidSet};
use serde_json::json;

use crate::args::Flag;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::list;
use crate::output::{self, Output};
use crate::verbs::frame::in_logins;

pub(crate) fn run(args: &Flag, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uids = resolve::uids(&args.at.uids)?;
    let (add, remove) = changes(args)?;
    in_logins(&args.at.access, config, |logins, mut session| {
        let name = resolve::find(&mut session, &args.at.mailbox)?;
        let mut mailbox = session.select(&name).map_err(|error| failure(&error).context(&args.at.mailbox))?;
        let (uids, mut exit) = resolve::existing(&mut mailbox, &uids, &args.at.mailbox)?;
        let stores = [
            (!add.is_empty()).then(|| FlagChange::add(add.clone())),
            (!remove.is_empty()).then(|| FlagChange::remove(remove.clone())),
        ];
        for store in stores.into_iter().flatten() {
            mailbox.store(&uids, store.silent()).map_err(|error| failure(&error).context("flags").of_change())?;
        }
        let permanent = mailbox.state().and_then(|view| view.permanent_flags.clone());
        let uid_validity = mailbox.uid_validity();
        let mut reader = Reader::of_open(logins, session, name, uid_validity);
        let mut not_kept: Flags = add.iter().filter(|flag| !lasts(flag, permanent.as_ref())).collect();
        // What does not last beyond the session lasts at no message.
        let mut not_kept_uids = if not_kept.is_empty() { UidSet::new() } else { uids.clone() };
        let unchecked = match other_than_asked(&mut reader, &uids, &add, &remove) {
            Ok((flags, differing, unchecked)) => {
                flags.iter().for_each(|flag| not_kept.insert(flag));
                differing.iter().for_each(|uid| not_kept_uids.insert(uid));
                unchecked
            }
            // The change is made in any case.
            Err(failure) => {
                output::note(&format!("whether the server kept the change is not known: {}", failure.with_hints()));
                uids.clone()
            }
        };
        exit = exit.and(Exit::partial_if(!unchecked.is_empty()));
        if !not_kept.is_empty() {
            let messages = output::messages_with(&not_kept_uids);
            output::note(&format!("the server did not keep the change of these flags: {not_kept}; at the {messages}"));
            exit = Exit::Partial;
        }
        if out.is_json() {
            let words = |flags: &Flags| flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>();
            let kept = |flags: &Flags| flags.iter().filter(|flag| !not_kept.contains(flag)).collect::<Flags>();
            out.object(&json!({
                "change": "flags",
                "mailbox": args.at.mailbox,
                "uids": uids.to_string(),
                "messages": uids.len(),
                "added": words(&kept(&add)),
                "removed": words(&kept(&remove)),
                "not_kept": words(&not_kept),
                "not_kept_uids": not_kept_uids.to_string(),
                "unchecked_uids": unchecked.to_string(),
            }))?;
        } else if out.is_terminal() {
            out.line(&format!("{} changed", output::count(uids.len(), "message")))?;
        }
        Ok((reader.into_session(), exit))
    })
}

/// Whether a flag that is set now stays beyond this session. The server may say OK in any case.
fn lasts(flag: &MessageFlag, permanent: Option<&Flags>) -> bool {
    let is_keyword = !flag.as_bytes().starts_with(b"\\");
    permanent.is_none_or(|kept| kept.contains(flag) || (is_keyword && kept.contains(&MessageFlag::Wildcard)))
}

/// The flags of which a message has another state than was asked for, these messages, and those whose flags the server does not
/// send, which is reported.
fn other_than_asked(
    reader: &mut Reader<'_>,
    uids: &UidSet,
    add: &Flags,
    remove: &Flags,
) -> Result<(Flags, UidSet, UidSet)> {
    let (mut differing, mut messages) = (Flags::new(), UidSet::new());
    let fetched = reader.fetch(uids, FetchItem::Flags, &output::note, |row| {
        let Some(flags) = row.flags() else { return Ok(false) };
        let lacking = add.iter().filter(|flag| !flags.contains(flag));
        for flag in lacking.chain(remove.iter().filter(|flag| flags.contains(flag))) {
            differing.insert(flag);
            row.uid().filter(|uid| uids.contains(*uid)).into_iter().for_each(|uid| messages.insert(uid));
        }
        Ok(true)
    })?;
    let mut unknown = list::remaining(reader, &fetched.missing(uids));
    if !unknown.is_empty() {
        let messages = output::some_messages_with(&unknown);
        output::note(&format!(
            "whether the server kept the change is not known of the {messages}: it does not show the flags"
        ));
    }
    fetched.unsendable.ranges().for_each(|(low, high)| unknown.insert_range(low, high));
    Ok((differing, messages, unknown))
}

fn changes(args: &Flag) -> Result<(Flags, Flags)> {
    let (mut add, mut remove) = (Flags::new(), Flags::new());
    for change in &args.changes {
        if let Some(name) = change.strip_prefix('+') {
            add.insert(flag(name)?);
        } else if let Some(name) = change.strip_prefix('-') {
            remove.insert(flag(name)?);
        } else {
            return Err(Failure::usage(format!("{change:?} does not begin with + or -"))
                .hint(format!("write +{change} or -{change}")));
        }
    }
    for name in &args.remove {
        remove.insert(flag(name)?);
    }
    if add.is_empty() && remove.is_empty() {
        return Err(Failure::usage("no flag to set or to remove")
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
        Failure::usage(format!("{name:?} is not a flag"))
            .hint("flags are seen, flagged, answered, draft, deleted, and keywords: words without spaces and without ( ) { % * \" \\ ]")
    })
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
