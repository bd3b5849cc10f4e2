//! Which messages the user asks for, as a search of the server.

use imaplib::command::Search as Query;
use imaplib::types::Flag;

use crate::args::Conditions;
use crate::args::values;
use crate::error::{Failure, Result};

type AddText = fn(Query, String) -> Query;
type AddWord = fn(Query) -> Query;

/// The search that the arguments stand for.
pub(crate) fn query(args: &Conditions) -> Result<Query> {
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
        query = query.since(values::day("--since", day)?);
    }
    if let Some(day) = &args.before {
        query = query.before(values::day("--before", day)?);
    }
    if let Some(day) = &args.on {
        query = query.on(values::day("--on", day)?);
    }
    for keyword in &args.keyword {
        query = query.keyword(Flag::keyword(keyword).map_err(|error| Failure::usage(format!("--keyword: {error}")))?);
    }
    if let Some(size) = &args.larger {
        query = query.larger(values::size("--larger", size)?);
    }
    if let Some(size) = &args.smaller {
        query = query.smaller(values::size("--smaller", size)?);
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
    use crate::error::Exit;

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
}
