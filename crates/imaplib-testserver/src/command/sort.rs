//! SORT and UID SORT (RFC 5256; RFC 5267 ESORT).

use bytes::Bytes;

use super::search::plain;
use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::order::sort::{compare, criteria, values};
use crate::search::find::{charset, find};
use crate::search::key::Key;
use crate::search::results::{Hit, ReturnOptions, extended};
use crate::session::Session;
use crate::view::Numbers;

pub(crate) fn sort(session: &mut Session, tag: &Bytes, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let options = if session.settings.has("ESORT") { ReturnOptions::parse(args, false)? } else { None };
    let criteria = criteria(args, &session.settings)?;
    args.space()?;
    charset(args)?;
    args.space()?;
    let key = Key::parse_program(args, &session.settings)?;
    let mut found = find(session, &key, |hit, message| (values(&criteria, message), hit))?;
    found.sort_by(|(left, _), (right, _)| compare(&criteria, left, right));
    let found: Vec<Hit> = found.into_iter().map(|(_, hit)| hit).collect();
    match options {
        None => {
            let response = plain("SORT", numbers, &found);
            session.say(&response);
        }
        Some(options) => {
            if let Some(response) = extended(tag, numbers, options, &found) {
                session.send(response);
            }
        }
    }
    Completion::ok("SORT done")
}
