//! STATUS (RFC 3501 section 6.3.10).

use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::session::Session;
use crate::status::{self, Item};
use crate::store_error::StoreError;

pub(crate) fn status(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    args.space()?;
    let items = status::items(args, &session.settings)?;
    args.end()?;
    let user = session.logged_in()?;
    if items.contains(&Item::HighestModSeq) {
        session.enable_condstore();
    }
    let response = session
        .store
        .with(&user, |account| Ok::<_, StoreError>(status::response(&name, account.mailbox(&name)?, &items)))?;
    session.send(response);
    Completion::ok("STATUS done")
}
