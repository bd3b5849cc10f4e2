//! THREAD and UID THREAD (RFC 5256).

use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::order::references;
use crate::order::thread::{Mail, by_subject};
use crate::search::find::{charset, find};
use crate::search::key::Key;
use crate::session::Session;
use crate::view::Numbers;

pub(crate) fn thread(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let algorithm = args.keyword()?;
    if !session.settings.has(&format!("THREAD={algorithm}")) {
        return Completion::bad(format!("unknown algorithm {algorithm}"));
    }
    args.space()?;
    charset(args)?;
    args.space()?;
    let key = Key::parse_program(args, &session.settings)?;
    let mails = find(session, &key, |hit, message| Mail::new(hit.number(numbers), message))?;
    let forest = match algorithm.as_str() {
        "REFERENCES" => references::thread(&mails),
        "ORDEREDSUBJECT" => by_subject(mails),
        _ => return Completion::bad(format!("unknown algorithm {algorithm}")),
    };
    let threads = forest.to_text();
    session.say(&if threads.is_empty() { "* THREAD".to_owned() } else { format!("* THREAD {threads}") });
    Completion::ok("THREAD done")
}
