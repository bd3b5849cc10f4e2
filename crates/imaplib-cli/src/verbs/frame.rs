//! What verbs have in common: they log in, do their work, and log out. The others are `check`, which shows what comes before
//! the login, and `watch` and `backup`, which open as many connections as they need.

use std::path::Path;

use imaplib::blocking::Session;

use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::Access;
use crate::error::{Exit, Result};
use crate::mailbox::reader::Reader;

/// Does the work in a session of the account. After an error nobody logs out: the connection just ends.
pub(super) fn in_session(
    access: &Access,
    config: Option<&Path>,
    work: impl FnOnce(&mut Session) -> Result<Exit>,
) -> Result<Exit> {
    let connector = Connector::to(access, config)?;
    let mut session = connector.session()?;
    let exit = work(&mut session)?;
    let _ = session.logout();
    Ok(exit)
}

/// Does the work in a session that is made again when it is lost; the work returns the last one.
pub(super) fn in_logins(
    access: &Access,
    config: Option<&Path>,
    work: impl FnOnce(Logins<'_>, Session) -> Result<(Session, Exit)>,
) -> Result<Exit> {
    let connector = Connector::to(access, config)?;
    let mut logins = Logins::new(&connector);
    let session = logins.session()?;
    let (session, exit) = work(logins, session)?;
    let _ = session.logout();
    Ok(exit)
}

/// Does the work in a mailbox that is read, over as many connections as are needed.
pub(super) fn in_mailbox(
    access: &Access,
    config: Option<&Path>,
    mailbox: &str,
    work: impl FnOnce(&mut Reader<'_>) -> Result<Exit>,
) -> Result<Exit> {
    let connector = Connector::to(access, config)?;
    let mut reader = Reader::open(&connector, mailbox)?;
    let exit = work(&mut reader)?;
    let _ = reader.into_session().logout();
    Ok(exit)
}
