//! `imap acl ACCOUNT MAILBOX [CHANGE WHO [RIGHTS]]`

use std::path::Path;

use imaplib::AclChange;
use imaplib::blocking::Session;
use imaplib::types::{Capability, MailboxName, Rights};
use serde_json::json;

use crate::args::{Acl, AclVerb};
use crate::error::library::{failure, message};
use crate::error::{Exit, Failure, Result, library};
use crate::mailbox::resolve;
use crate::output::json;
use crate::output::table::{Align, Table};
use crate::output::terminal::bytes;
use crate::output::{self, Output};
use crate::verbs::frame::in_session;

/// What each right allows (RFC 4314, section 2.1).
const MEANINGS: [(char, &str); 11] = [
    ('l', "see"),
    ('r', "read"),
    ('s', "mark as read"),
    ('w', "set flags"),
    ('i', "add messages"),
    ('p', "post"),
    ('k', "make mailboxes below"),
    ('x', "remove the mailbox"),
    ('t', "mark as deleted"),
    ('e', "expunge"),
    ('a', "change rights"),
];

/// The rights of RFC 2086 that are several now, and those: servers tell both.
const OLD: [(char, &str, &str); 2] = [('c', "kx", "make and remove mailboxes"), ('d', "te", "delete messages")];

/// Words for usual sets of rights.
const WORDS: [(&str, &str); 3] = [("read", "lrs"), ("write", "lrswite"), ("all", "lrswipkxtea")];

pub(crate) fn run(args: &Acl, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let change = change(args)?;
    in_session(&args.at.access, config, |session| {
        library::require(
            session,
            Capability::Acl,
            "its mailboxes can be shared in another way only, such as the provider's web pages",
        )?;
        let mailbox = resolve::known(session, &args.at.mailbox)?.name;
        match change {
            None => return show(session, &mailbox, out),
            Some(Change { who, rights }) => {
                let done = match &rights {
                    Some((change, rights)) => session.set_acl(&mailbox, who, *change, rights.clone()),
                    None => session.delete_acl(&mailbox, who),
                };
                done.map_err(|error| failure(&error).context(&args.at.mailbox))?;
                report(&mailbox, who, rights.as_ref(), out)?;
            }
        }
        Ok(Exit::Ok)
    })
}

/// What is to be changed.
struct Change<'a> {
    who: &'a str,
    /// None: the entry is taken away.
    rights: Option<(AclChange, Rights)>,
}

fn change(args: &Acl) -> Result<Option<Change<'_>>> {
    let (Some(verb), Some(who)) = (args.change, &args.who) else { return Ok(None) };
    let change = match verb {
        AclVerb::Set => AclChange::Replace,
        AclVerb::Add => AclChange::Add,
        AclVerb::Remove => AclChange::Remove,
        AclVerb::Delete if args.rights.is_some() => {
            return Err(Failure::usage("delete takes the whole entry away and no RIGHTS")
                .hint("`imap acl ACCOUNT MAILBOX remove WHO RIGHTS` takes some rights away"));
        }
        AclVerb::Delete => return Ok(Some(Change { who, rights: None })),
    };
    let rights = args.rights.as_deref().ok_or_else(|| {
        Failure::usage("which rights?")
            .hint("for example: imap acl ACCOUNT MAILBOX set bob read; `imap help acl` lists them")
    })?;
    Ok(Some(Change { who, rights: Some((change, self::rights(rights)?)) }))
}

/// Rights as people write them: letters, or a word.
fn rights(text: &str) -> Result<Rights> {
    let word = WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
    Rights::new(word.map_or(text, |(_, letters)| letters)).map_err(|_| {
        Failure::usage(format!("{text:?} is not a set of rights"))
            .hint("write letters such as lrs, or read, write, all; `imap help acl` tells what the letters mean")
    })
}

fn show(session: &mut Session, mailbox: &MailboxName, out: &mut Output) -> Result<Exit> {
    // What cannot be read of the own rights, or is refused, does not hide those of others.
    let own = match session.my_rights(mailbox) {
        Ok(own) => Ok(own.rights),
        Err(error) if error.is_protocol() || error.is_no() => {
            output::note(&format!("your own rights are not shown: {}", message(&error)));
            Err(error)
        }
        Err(error) => return Err(failure(&error).context(mailbox)),
    };
    let mut is_whole = own.is_ok();
    let list = match (session.get_acl(mailbox), &own) {
        (Ok(acl), _) => {
            if !acl.is_complete {
                is_whole = false;
                output::note("the server sent rights of others that cannot be read: they are not shown");
            }
            acl.entries
        }
        // Neither is known.
        (Err(_), Err(error)) => return Err(failure(error).context(mailbox)),
        // Who may not change the list may not see it; what cannot be read of it does not hide the own rights.
        (Err(error), Ok(_)) if error.is_no() || error.is_protocol() => {
            is_whole &= error.is_no();
            output::note(&format!("the rights of others are not shown: {}", message(&error)));
            Vec::new()
        }
        (Err(error), Ok(_)) => return Err(failure(&error).context(mailbox)),
    };
    let own = own.ok();
    let entries = list.iter().map(|(who, rights)| (Some(who.as_bytes()), rights));
    let mut table = Table::new([("WHO", Align::Left), ("RIGHTS", Align::Left), ("MEANING", Align::Flexible)]);
    for (who, rights) in own.iter().map(|rights| (None, rights)).chain(entries) {
        let allows = meanings(rights);
        if out.is_json() {
            out.object(&json!({
                "mailbox": mailbox.to_text(), "who": who.map(json::bytes), "own": who.is_none(), "rights": rights.as_str(), "allows": allows,
            }))?;
        } else {
            table.row([&who.map_or("(you)".to_owned(), bytes), rights.as_str(), &allows.join(", ")]);
        }
    }
    if !table.is_empty() {
        out.table(&table)?;
    }
    Ok(Exit::partial_if(!is_whole))
}

/// What the rights allow, in words; a letter that nobody knows stands for itself.
fn meanings(rights: &Rights) -> Vec<String> {
    let known = MEANINGS.iter().filter(|(letter, _)| rights.has(*letter)).map(|(_, meaning)| (*meaning).to_owned());
    let old =
        OLD.iter().filter(|(letter, now, _)| rights.has(*letter) && !now.chars().any(|letter| rights.has(letter)));
    let is_known =
        |letter: &char| MEANINGS.iter().any(|(known, _)| known == letter) || OLD.iter().any(|(old, ..)| old == letter);
    let unknown = rights.as_str().chars().filter(|letter| !is_known(letter)).map(String::from);
    known.chain(old.map(|(_, _, meaning)| (*meaning).to_owned())).chain(unknown).collect()
}

fn report(mailbox: &MailboxName, who: &str, rights: Option<&(AclChange, Rights)>, out: &mut Output) -> Result<()> {
    let change = match rights.map(|(change, _)| change) {
        Some(AclChange::Replace) => "set",
        Some(AclChange::Add) => "added",
        Some(AclChange::Remove) => "removed",
        None => "deleted",
    };
    let letters = rights.map(|(_, rights)| rights.as_str());
    if out.is_json() {
        return out.object(&json!({"mailbox": mailbox.to_text(), "change": change, "who": who, "rights": letters}));
    }
    if out.is_terminal() {
        return out.line(&format!(
            "{mailbox}: rights of {who} {change}{}",
            letters.map(|letters| format!(": {letters}")).unwrap_or_default()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_letters_or_words() {
        for (text, letters) in
            [("lrs", "lrs"), ("read", "lrs"), ("Write", "lrswite"), ("all", "lrswipkxtea"), ("", ""), ("5", "5")]
        {
            assert_eq!(rights(text).unwrap().as_str(), letters, "{text}");
        }
        for wrong in ["+r", "-r", "l r", "LRS", "everything!"] {
            assert_eq!(rights(wrong).unwrap_err().exit(), Exit::Usage, "{wrong}");
        }
    }

    #[test]
    fn rights_are_explained_once() {
        let words = |letters| meanings(&Rights::new(letters).unwrap()).join(", ");
        assert_eq!(words("lr"), "see, read");
        assert_eq!(words("xc"), "remove the mailbox");
        assert_eq!(words("cd"), "make and remove mailboxes, delete messages");
        assert_eq!(words("l9"), "see, 9");
        assert_eq!(words(""), "");
    }
}
