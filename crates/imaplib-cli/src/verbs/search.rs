//! `imap search ACCOUNT MAILBOX [KEY…]`

use std::path::Path;

use imaplib::blocking::Mailbox;
use imaplib::command::{FetchItem, Search as Query};
use imaplib::types::{Fetch, Flag, Flags, UidSet};
use serde_json::{Value, json};

use crate::account::Account;
use crate::args::Search;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output::table::{Align, Table};
use crate::output::{self, Output};
use crate::selection;
use crate::{mime, when};

pub(crate) fn run(args: &Search, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let query = query(args)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut session = connector.session()?;
    let mut mailbox = selection::examine(&mut session, &args.mailbox)?;
    let found = mailbox.search(query).map_err(|error| failure(&error).context("search"))?;
    let found = newest(found, args.limit);
    if args.uids {
        for uid in found.iter() {
            if out.is_json() { out.object(&json!({"uid": uid.get()}))? } else { out.line(&uid.to_string())? }
        }
    } else if !found.is_empty() {
        print(&mut mailbox, &found, out)?;
    }
    let _ = session.logout();
    Ok(Exit::Ok)
}

/// The last `limit` of the messages found.
fn newest(found: UidSet, limit: Option<usize>) -> UidSet {
    let Some(limit) = limit else { return found };
    let skip = usize::try_from(found.len()).unwrap_or(usize::MAX).saturating_sub(limit);
    found.iter().skip(skip).collect()
}

fn print(mailbox: &mut Mailbox<'_>, found: &UidSet, out: &mut Output) -> Result<()> {
    let items = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Envelope];
    let mut table = Table::new([
        ("UID", Align::Right),
        ("DATE", Align::Left),
        ("FROM", Align::Flexible),
        ("SUBJECT", Align::Flexible),
        ("SIZE", Align::Right),
        ("FLAGS", Align::Left),
    ]);
    let mut rows = mailbox.fetch(found, items).map_err(|error| failure(&error))?;
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        if out.is_json() {
            out.object(&object(row.data()))?;
        } else if out.is_terminal() {
            table.row(cells(row.data()));
        } else {
            // Without columns to align, nothing needs to be held back.
            out.row(&cells(row.data()))?;
        }
    }
    if out.is_json() || table.is_empty() { Ok(()) } else { out.table(&table) }
}

/// The date of the message, else of its arrival.
fn date(row: &Fetch) -> Option<i64> {
    row.envelope
        .as_deref()
        .and_then(mime::date)
        .or_else(|| row.internal_date.map(imaplib::types::DateTime::unix_timestamp))
}

fn cells(row: &Fetch) -> [String; 6] {
    let envelope = row.envelope.as_deref();
    [
        row.uid.map(|uid| uid.to_string()).unwrap_or_default(),
        date(row).map(when::local).unwrap_or_default(),
        envelope.map(|envelope| mime::first_name(envelope.from())).unwrap_or_default(),
        envelope.and_then(|envelope| envelope.subject.as_ref()).map(mime::decode).unwrap_or_default(),
        row.size.map(output::size).unwrap_or_default(),
        row.flags.as_ref().map(short).unwrap_or_default(),
    ]
}

/// Flags without their backslashes, and without `\Recent`.
fn short(flags: &Flags) -> String {
    let shown = flags.iter().filter(|flag| !matches!(flag, Flag::Recent));
    shown.map(|flag| flag.to_string().trim_start_matches('\\').to_owned()).collect::<Vec<_>>().join(" ")
}

fn object(row: &Fetch) -> Value {
    let envelope = row.envelope.as_deref();
    let addresses = |pick: fn(&imaplib::types::Envelope) -> &[imaplib::types::Address]| {
        envelope.map(|envelope| mime::full_addresses(pick(envelope))).unwrap_or_default()
    };
    json!({
        "uid": row.uid.map(imaplib::types::Uid::get),
        "date": date(row).and_then(when::utc),
        "received": row.internal_date.and_then(|date| when::utc(date.unix_timestamp())),
        "from": addresses(imaplib::types::Envelope::from),
        "to": addresses(imaplib::types::Envelope::to),
        "cc": addresses(imaplib::types::Envelope::cc),
        "subject": envelope.and_then(|envelope| envelope.subject.as_ref()).map(mime::decode),
        "message_id": envelope.and_then(|envelope| envelope.message_id.as_ref()).map(|id| id.to_string_lossy().into_owned()),
        "size": row.size,
        "flags": row.flags.as_ref().map(|flags| flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>()),
    })
}

type AddText = fn(Query, String) -> Query;
type AddWord = fn(Query) -> Query;

fn query(args: &Search) -> Result<Query> {
    let mut query = keys(&args.keys)?;
    let texts: [(&[String], AddText); 6] = [
        (&args.from, Query::from),
        (&args.to, Query::to),
        (&args.cc, Query::cc),
        (&args.subject, Query::subject),
        (&args.text, Query::text),
        (&args.body, Query::body),
    ];
    for (values, add) in texts {
        query = values.iter().fold(query, |query, value| add(query, value.clone()));
    }
    let words: [(bool, AddWord); 4] = [
        (args.unread, Query::and_unseen),
        (args.read, Query::and_seen),
        (args.flagged, Query::and_flagged),
        (args.answered, Query::and_answered),
    ];
    query = words.into_iter().filter(|(wanted, _)| *wanted).fold(query, |query, (_, add)| add(query));
    if let Some(day) = &args.since {
        query = query.since(when::day("--since", day)?);
    }
    if let Some(day) = &args.before {
        query = query.before(when::day("--before", day)?);
    }
    if let Some(day) = &args.on {
        query = query.on(when::day("--on", day)?);
    }
    for keyword in &args.keyword {
        query = query.keyword(Flag::keyword(keyword).map_err(|error| Failure::usage(format!("--keyword: {error}")))?);
    }
    if let Some(size) = &args.larger {
        query = query.larger(when::size("--larger", size)?);
    }
    if let Some(size) = &args.smaller {
        query = query.smaller(when::size("--smaller", size)?);
    }
    Ok(query)
}

/// Search keys in IMAP's words. Words that the shell has kept together stay together.
fn keys(words: &[String]) -> Result<Query> {
    let text = match words {
        [one] => one.clone(),
        _ => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    text.parse().map_err(|error| {
        Failure::usage(format!("the search is not understood: {error}"))
            .hint("keys are such as UNSEEN, FROM bob, SINCE 14-Mar-2026, OR KEY KEY, NOT KEY; or use options: `imap help search`")
    })
}

fn quoted(word: &str) -> String {
    let grouped = word.starts_with('(') || word.ends_with(')') || word.starts_with('"');
    if !word.is_empty() && (grouped || !word.contains([' ', '\t', '"', '(', ')'])) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_of_the_shell_stay_together() {
        assert_eq!(
            keys(&words(&["SUBJECT", "two words", "UNSEEN"])).unwrap(),
            Query::new().subject("two words").and_unseen()
        );
        assert_eq!(keys(&words(&["FROM bob UNSEEN"])).unwrap(), Query::new().from("bob").and_unseen());
        assert_eq!(
            keys(&words(&["OR", "(SEEN", "DRAFT)", "FLAGGED"])).unwrap(),
            Query::seen().and_draft().or(Query::flagged())
        );
        assert_eq!(keys(&words(&[])).unwrap(), Query::all());
        assert_eq!(keys(&words(&["FROM", "nobody", "XYZZY"])).unwrap_err().exit(), Exit::Usage);
    }

    #[test]
    fn only_the_newest() {
        let found: UidSet = "1:5,9".parse().unwrap();
        assert_eq!(newest(found.clone(), Some(2)).to_string(), "5,9");
        assert_eq!(newest(found.clone(), None), found);
        assert!(newest(found, Some(0)).is_empty());
    }
}
