//! NOTIFY (RFC 5465).

use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::notify::{Notify, Request};
use crate::session::Session;
use crate::store_error::StoreError;

pub(crate) fn notify(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let mut notify = Notify::new(Request::parse(args, &session.settings)?);
    let user = session.logged_in()?;
    // What has happened up to here is reported as before: NOTIFY is a NOOP, too.
    session.sync(true, false);
    let client = session.client();
    let states = session.store.with(&user, |account| Ok::<_, StoreError>(notify.start(account, client)))?;
    for state in states {
        session.send(state);
    }
    session.notify = Some(notify);
    Completion::ok("NOTIFY done")
}
