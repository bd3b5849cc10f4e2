//! EXPUNGE and UID EXPUNGE (RFC 3501 section 6.4.3, RFC 4315).

use imaplib_proto::types::Flag;

use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::session::Session;
use crate::view::{MessageSet, Numbers};

pub(crate) fn expunge(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    remove(session, None, false)
}

pub(crate) fn uid_expunge(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let set = MessageSet::read(args, Numbers::Uid, &session.settings)?;
    args.end()?;
    remove(session, Some(&set), true)
}

fn remove(session: &mut Session, among: Option<&MessageSet>, with_uid: bool) -> Handled {
    let removed = session.with_selected(|mailbox, view| {
        if view.read_only {
            return Completion::no("[READ-ONLY] the mailbox is read-only");
        }
        let chosen = match among {
            None => None,
            Some(set) => {
                let places = view.resolve(set)?;
                Some(
                    places
                        .into_iter()
                        .filter_map(|place| view.entries.get(place))
                        .map(|entry| entry.uid)
                        .collect::<Vec<_>>(),
                )
            }
        };
        Ok(mailbox.expunge(|message| {
            message.flags.contains(&Flag::Deleted)
                && chosen.as_ref().is_none_or(|chosen| chosen.binary_search(&message.uid).is_ok())
        }))
    })?;
    session.store.notify();
    Ok(session.after_expunge(removed > 0, with_uid, "EXPUNGE done"))
}
