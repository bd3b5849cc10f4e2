//! What the user names: mailboxes and messages. What is not there is reported, with what may have been meant.

use std::collections::HashSet;

use imaplib::blocking::{Mailbox, Session};
use imaplib::command::{Matches, Search};
use imaplib::types::{Listing, MailboxAttribute, MailboxName, NameEncoding, StatusItem, Uid, UidSet};

use crate::error::library::{IN_PARTS, failure, of_listing};
use crate::error::{Cause, Exit, Failure, Result};
use crate::mailbox::forms;
use crate::output;

/// The longest set of UIDs in one command, in bytes.
pub(crate) const SET_BYTES: usize = 7000;

/// A name from the command line.
pub(crate) fn mailbox_name(name: &str) -> Result<MailboxName> {
    if name.is_empty() {
        return Err(Failure::usage("the mailbox's name is empty"));
    }
    MailboxName::new(name).map_err(|error| Failure::usage(error.to_string()))
}

/// All mailboxes.
pub(crate) fn list(session: &mut Session) -> Result<Vec<Listing>> {
    session.list("*").map_err(|error| of_listing(&error, IN_PARTS))
}

/// Selects a mailbox to change it.
pub(crate) fn select<'a>(session: &'a mut Session, name: &str) -> Result<Mailbox<'a>> {
    let found = find(session, name)?;
    session.select(&found).map_err(|error| failure(&error).context(name))
}

/// Selects a mailbox to read it; nothing is marked as read or recent.
pub(crate) fn examine<'a>(session: &'a mut Session, name: &str) -> Result<Mailbox<'a>> {
    let found = find(session, name)?;
    session.examine(&found).map_err(|error| failure(&error).context(name))
}

/// A mailbox that the server knows.
pub(crate) struct Known {
    pub(crate) name: MailboxName,
    /// False for a name that only holds other mailboxes.
    pub(crate) is_selectable: bool,
}

/// A mailbox that holds messages; else an error with names like it.
pub(crate) fn find(session: &mut Session, name: &str) -> Result<MailboxName> {
    let known = known(session, name)?;
    if known.is_selectable {
        return Ok(known.name);
    }
    Err(Failure::new(Exit::Unavailable, format!("{name:?} holds other mailboxes, but no messages")))
}

/// A mailbox that is there, whether it holds messages or only other mailboxes; else an error with names like it.
pub(crate) fn known(session: &mut Session, name: &str) -> Result<Known> {
    let wanted = mailbox_name(name)?;
    let found = look_up(name, |pattern| {
        let listed = session.list(pattern).map_err(|error| of_listing(&error, IN_PARTS))?;
        Ok(listed.into_iter().filter(|listing| !listing.has(&MailboxAttribute::NonExistent)).collect())
    })?;
    let all = match found {
        LookUp::Found(listing) => {
            return Ok(Known { is_selectable: listing.is_selectable(), name: listing.name });
        }
        LookUp::NotAmong(all) => all,
    };
    // Some servers have mailboxes that they do not list.
    if session.status(&wanted, &[StatusItem::Messages]).is_ok() {
        return Ok(Known { name: wanted, is_selectable: true });
    }
    let missing = Failure::new(Exit::Unavailable, format!("there is no mailbox {name:?}"));
    Err(with_similar(missing, name, &all, "`imap folders ACCOUNT` lists the mailboxes"))
}

/// A mailbox that the user subscribes to, whether it is there or not; else an error with names like it.
pub(crate) fn subscribed(session: &mut Session, name: &str) -> Result<MailboxName> {
    let found = look_up(name, |pattern| {
        session.list_subscribed(pattern).map_err(|error| failure(&error).context("the list of subscriptions"))
    })?;
    let all = match found {
        LookUp::Found(listing) => return Ok(listing.name),
        LookUp::NotAmong(all) => all,
    };
    let missing = Failure::new(Exit::Unavailable, format!("there is no subscription to {name:?}"));
    Err(with_similar(missing, name, &all, "`imap folders ACCOUNT --subscribed` lists the subscriptions"))
}

/// The name of a mailbox that is to be made. It begins with the very bytes of the mailbox that it is to lie in, where
/// these are not those that the text would be sent as.
pub(crate) fn new_name(session: &mut Session, name: &str) -> Result<MailboxName> {
    let plain = mailbox_name(name)?;
    // Every other name is sent letter by letter, and so is that of what it lies in.
    let has_level = name.contains(|c: char| c.is_ascii_punctuation() && c != '&');
    let is_printable = name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !has_level || (is_printable && !name.contains('&') && !forms::is_escaped(name)) {
        return without_line_ends(name).map(|()| plain);
    }
    let all = list(session)?;
    let delimiters: HashSet<char> = all.iter().filter_map(|listing| listing.delimiter).collect();
    for (at, delimiter) in name.char_indices().rev().filter(|(_, c)| delimiters.contains(c)) {
        let (Some(parent), Some(rest)) = (name.get(..at), name.get(at + delimiter.len_utf8()..)) else { continue };
        let Some(parent) = forms::resolve(parent, &all)?.filter(|parent| parent.delimiter == Some(delimiter)) else {
            continue;
        };
        let encoding = if session.utf8_enabled() { NameEncoding::Utf8 } else { NameEncoding::ModifiedUtf7 };
        without_line_ends(rest)?;
        let level = delimiter.to_string();
        let rest = MailboxName::new(rest).map_err(|error| Failure::usage(error.to_string()))?;
        let bytes = [&parent.name.to_wire(encoding), level.as_bytes(), &rest.to_wire(encoding)].concat();
        return Ok(MailboxName::from_wire(bytes.into(), encoding));
    }
    without_line_ends(name).map(|()| plain)
}

/// Servers may have mailboxes with line ends in their names; nobody wants a new one.
fn without_line_ends(name: &str) -> Result<()> {
    match name.contains(['\r', '\n']) {
        true => Err(Failure::usage(format!("{name:?} contains a line end: no new mailbox is given such a name"))),
        false => Ok(()),
    }
}

/// What became of a name that was looked for.
enum LookUp {
    Found(Listing),
    /// All that is listed.
    NotAmong(Vec<Listing>),
}

/// Looks for a name among those that the server lists. The name itself is asked for first, which is all in nearly every
/// case; a name that the server has in another encoding is found among all.
fn look_up(name: &str, mut list: impl FnMut(&MailboxName) -> Result<Vec<Listing>>) -> Result<LookUp> {
    let wanted = mailbox_name(name)?;
    // Wildcards in a name would match more.
    if !name.contains(['*', '%']) && !forms::is_escaped(name) {
        match list(&wanted) {
            Ok(listed) => {
                if let Some(listing) = listed.into_iter().find(|listing| listing.name == wanted) {
                    return Ok(LookUp::Found(listing));
                }
            }
            // All can be asked for where one cannot.
            Err(failure) if failure.leaves() == Cause::Refusal => {}
            Err(failure) => return Err(failure),
        }
    }
    let all = list(&mailbox_name("*")?)?;
    Ok(match forms::resolve(name, &all)?.cloned() {
        Some(listing) => LookUp::Found(listing),
        None => LookUp::NotAmong(all),
    })
}

fn with_similar(missing: Failure, name: &str, listed: &[Listing], otherwise: &str) -> Failure {
    let similar = similar(name, listed.iter().filter(|listing| listing.is_selectable()).map(|listing| &listing.name));
    if similar.is_empty() {
        missing.hint(otherwise)
    } else {
        missing.hint(format!("similar names: {}", similar.join(", ")))
    }
}

/// UIDs from the command line.
pub(crate) fn uids(text: &str) -> Result<UidSet> {
    let parsed = text.parse::<UidSet>().ok().filter(|uids| !uids.is_empty());
    parsed.ok_or_else(|| {
        Failure::usage(format!("{text:?} is not a set of UIDs"))
            .hint("write 17, 1:9 or 3,5,8:*; `imap search ACCOUNT MAILBOX` prints UIDs")
    })
}

/// More messages than this are not listed.
const MOST_FOUND: u64 = 10_000_000;

/// The messages that meet the conditions: no more than the mailbox can have. A few bytes of a server can claim
/// thousands of millions. Partial where there are others that cannot be read, which is reported.
pub(crate) fn search(mailbox: &mut Mailbox<'_>, conditions: Search) -> Result<(UidSet, Exit)> {
    let all = All::of(mailbox, &conditions);
    let found = mailbox.search_lossy(conditions).map_err(|error| failure(&error).context("search"))?;
    can_be_there(mailbox, found.messages.len())?;
    if found.messages.len() > MOST_FOUND {
        let text = format!("the server found {} messages, more than {MOST_FOUND}", found.messages.len());
        return Err(Failure::new(Exit::Protocol, text).hint("give conditions that fewer messages meet"));
    }
    let exit = completeness(&found);
    let exit = if exit == Exit::Ok { all.are_found(mailbox, found.messages.len()) } else { exit };
    Ok((found.messages, exit))
}

/// How many messages there are before all of them are searched for; nothing where some are.
pub(crate) struct All(Option<u32>);

impl All {
    pub(crate) fn of(mailbox: &Mailbox<'_>, conditions: &Search) -> Self {
        Self((*conditions == Search::all()).then(|| mailbox.exists()))
    }

    /// Partial where fewer messages were found than the mailbox has, which is reported.
    pub(crate) fn are_found(&self, mailbox: &Mailbox<'_>, found: u64) -> Exit {
        // Some may have gone meanwhile, and others have come.
        let there = self.0.map_or(0, |before| before.min(mailbox.exists()));
        let hidden = u64::from(there).saturating_sub(found);
        if hidden == 0 {
            return Exit::Ok;
        }
        output::note(&format!(
            "the mailbox has {}, which the server does not find",
            output::count(hidden, "more message")
        ));
        Exit::Partial
    }
}

/// This many unreadable words of a response are shown.
const MAX_WORDS: usize = 10;

/// Partial where a search found messages that cannot be read, which is reported.
pub(crate) fn completeness<T>(found: &Matches<T>) -> Exit {
    if found.is_complete() {
        return Exit::Ok;
    }
    let words: Vec<String> =
        found.unreadable.iter().take(MAX_WORDS).map(|word| word.escape_ascii().to_string()).collect();
    let more = if found.unreadable.len() > MAX_WORDS { ", …" } else { "" };
    output::note(&match words.is_empty() {
        true => "the search result is incomplete: the server reports more messages than it lists".to_owned(),
        false => format!("the search result is incomplete: not a message number: {}{more}", words.join(", ")),
    });
    Exit::Partial
}

/// Refuses more messages than the mailbox has.
pub(crate) fn can_be_there(mailbox: &Mailbox<'_>, found: u64) -> Result<()> {
    // Some may have arrived meanwhile.
    if found <= u64::from(mailbox.exists()).saturating_add(1_000) {
        return Ok(());
    }
    let text = format!(
        "the server reports that it found {}, and the mailbox has {}",
        output::count(found, "message"),
        mailbox.exists()
    );
    Err(Failure::new(Exit::Protocol, text).hint("the server is broken, or not to be trusted"))
}

/// Those of the messages that are there. Single ones that are not are reported, and the run ends with 1.
pub(crate) fn existing(mailbox: &mut Mailbox<'_>, wanted: &UidSet, name: &str) -> Result<(UidSet, Exit)> {
    let mut found = UidSet::new();
    let mut exit = Exit::Ok;
    let before = mailbox.exists();
    for set in wanted.split(SET_BYTES) {
        let (part, completeness) = search(mailbox, Search::new().uids(set.clone()))?;
        exit = exit.and(completeness);
        // What `*` stands for only the server knows; else it must not find more than was asked for.
        let part = if set.is_open() { part } else { part.intersection(&set) };
        for (low, high) in part.ranges() {
            found.insert_range(low, high);
        }
    }
    if found.is_empty() && exit != Exit::Ok {
        return Err(Failure::new(Exit::Protocol, format!("{name:?}: no message can be read in the search result")));
    }
    if found.is_empty() {
        return Err(Failure::new(Exit::Unavailable, format!("{name:?} has no {}", output::messages_with(wanted)))
            .hint("`imap search ACCOUNT MAILBOX` prints the UIDs that there are"));
    }
    // All were asked for, and some are hidden unless they have gone meanwhile.
    let last = mailbox.uid_next().and_then(|next| Uid::try_from(next.saturating_sub(1)).ok());
    let all = *wanted == UidSet::all()
        || last.is_some_and(|last| wanted.intersection(&UidSet::range(Uid::MIN, last)).len() == u64::from(last.get()));
    let hidden = u64::from(before.min(mailbox.exists())).saturating_sub(found.len());
    if all && hidden > 0 {
        output::note(&format!(
            "{name:?} has {}, which the server does not find",
            output::count(hidden, "more message")
        ));
        return Ok((found, Exit::Partial));
    }
    let single = wanted.ranges().filter(|(low, high)| low == high).map(|(uid, _)| uid);
    let missing: UidSet = single.filter(|uid| !found.contains(*uid)).collect();
    if missing.is_empty() {
        return Ok((found, exit));
    }
    output::note(&format!("{name:?} has no {}", output::messages_with(&missing)));
    Ok((found, Exit::Partial))
}

/// The error for a message that is not there.
pub(crate) fn no_message(uid: Uid, mailbox: &str) -> Failure {
    Failure::new(Exit::Unavailable, format!("{mailbox:?} has no message with UID {uid}"))
        .hint("`imap search ACCOUNT MAILBOX` prints the UIDs that there are")
}

/// The names most like `wanted`, the most similar first.
pub(crate) fn similar<'a>(wanted: &str, names: impl IntoIterator<Item = &'a MailboxName>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<(usize, String)> = names
        .into_iter()
        .map(|name| name.to_text().into_owned())
        .filter_map(|name| Some((distance(&wanted, &name.to_lowercase())?, name)))
        .collect();
    near.sort();
    near.truncate(5);
    near.into_iter().map(|(_, name)| name).collect()
}

/// How far apart two names are; `None` if they are not alike at all.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let limit = wanted.chars().count() / 3 + 1;
    let last = |path: &str| path.rsplit(['/', '.', '\\']).next().map(str::to_owned).unwrap_or_default();
    let whole = edits(wanted, name);
    // `Sent` finds `INBOX.Sent`, and `Setn` does too.
    let tail = edits(&last(wanted), &last(name)) + 1;
    let within = (wanted.chars().count() > 2 && name.contains(wanted)).then_some(2);
    let best = [Some(whole), Some(tail), within].into_iter().flatten().min()?;
    (best <= limit).then_some(best)
}

/// The number of letters to insert, remove, change or swap; of long names the beginnings are compared.
fn edits(a: &str, b: &str) -> usize {
    let beginning = |text: &str| text.chars().take(64).collect::<String>();
    strsim::osa_distance(&beginning(a), &beginning(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_mailbox() {
        let names: Vec<MailboxName> = ["INBOX", "Sent", "Archive/2024", "INBOX.Drafts", "Trash"]
            .iter()
            .map(|name| MailboxName::new(name).unwrap())
            .collect();
        for (wanted, found) in [
            ("Imbox", "INBOX"),
            ("sent", "Sent"),
            ("Setn", "Sent"),
            ("Drafts", "INBOX.Drafts"),
            ("archive", "Archive/2024"),
        ] {
            assert_eq!(similar(wanted, &names).first().map(String::as_str), Some(found), "{wanted}");
        }
        assert!(similar("Xyzzy", &names).is_empty());
    }
}
