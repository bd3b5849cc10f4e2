//! EXPUNGE and UID EXPUNGE (RFC 3501 section 6.4.3, RFC 4315).

use imaplib_proto::types::Flag;

use crate::completion::{Completion, Handled};
use crate::connection::Connection;
use crate::cursor::Cursor;
use crate::view::{MessageSet, Numbers};

pub(crate) fn expunge(connection: &mut Connection, args: &Cursor) -> Handled {
    args.end()?;
    remove(connection, None)
}

pub(crate) fn uid_expunge(connection: &mut Connection, args: &mut Cursor) -> Handled {
    args.space()?;
    let set = MessageSet::parse(&args.set_text()?, Numbers::Uid)?;
    args.end()?;
    remove(connection, Some(&set))
}

fn remove(connection: &mut Connection, among: Option<&MessageSet>) -> Handled {
    connection.with_selected(|mailbox, view| {
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
        mailbox.expunge(|message| {
            message.flags.contains(&Flag::Deleted)
                && chosen.as_ref().is_none_or(|chosen| chosen.binary_search(&message.uid).is_ok())
        });
        Ok(())
    })?;
    connection.store.notify();
    Completion::ok("EXPUNGE done")
}
