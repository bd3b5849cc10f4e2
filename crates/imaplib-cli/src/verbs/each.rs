//! A list of items, one after the other: what fails for one is reported, and the others are done. An item that costs the
//! connection costs no other one: a new connection is made for these.

use std::path::Path;

use imaplib::blocking::Session;

use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::Access;
use crate::error::{Exit, Result};
use crate::output::{self, diagnostics};

/// So many items in a row may cost the connection: then it is the server that is in trouble.
const MAX_LOSSES: u32 = 3;

/// This many items that were not tried are named.
const MAX_NAMED: usize = 10;

/// The work on each of the items.
pub(super) trait Work {
    type Item;
    /// What comes of an item.
    type Done;

    /// What is done once, before the first item; an error ends everything.
    fn begin(&mut self, _session: &mut Session) -> Result<()> {
        Ok(())
    }

    /// Does the work on one; an error names what it is about.
    fn act(&mut self, session: &mut Session, item: &Self::Item) -> Result<Self::Done>;

    /// Prints what was done; an error ends everything.
    fn report(&mut self, item: &Self::Item, done: Self::Done) -> Result<()>;

    /// What an item is called in messages.
    fn name(item: &Self::Item) -> String;
}

/// Logs in, works on all items, and logs out. The failure of an only item is returned, as that of any other verb.
pub(super) fn each<W: Work>(mut work: W, access: &Access, config: Option<&Path>, items: &[W::Item]) -> Result<Exit> {
    let connector = Connector::to(access, config)?;
    let mut logins = Logins::new(&connector);
    let mut session = logins.session()?;
    work.begin(&mut session)?;
    let (mut exit, mut losses) = (Exit::Ok, 0);
    for (at, item) in items.iter().enumerate() {
        match work.act(&mut session, item) {
            Ok(done) => {
                losses = 0;
                work.report(item, done)?;
            }
            Err(failure) if items.len() == 1 => return Err(failure),
            Err(failure) => {
                diagnostics::report(&failure);
                exit = Exit::Partial;
            }
        }
        let rest = items.get(at + 1..).unwrap_or_default();
        if session.is_usable() || rest.is_empty() {
            continue;
        }
        losses += 1;
        let next = if losses < MAX_LOSSES { Some(logins.session()) } else { None };
        session = match next {
            Some(Ok(session)) => session,
            Some(Err(failure)) => {
                diagnostics::report(&failure);
                report_not_tried::<W>(rest);
                return Ok(exit);
            }
            None => {
                output::note(&format!("{MAX_LOSSES} items in a row have cost the connection"));
                report_not_tried::<W>(rest);
                return Ok(exit);
            }
        };
    }
    if session.is_usable() {
        let _ = session.logout();
    }
    Ok(exit)
}

fn report_not_tried<W: Work>(items: &[W::Item]) {
    let names: Vec<String> = items.iter().take(MAX_NAMED).map(W::name).collect();
    let more = if items.len() > MAX_NAMED { ", …" } else { "" };
    output::note(&format!("not tried: {}{more}", names.join(", ")));
}
