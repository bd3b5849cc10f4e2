//! `imap search ACCOUNT MAILBOX [KEY…]`

use std::path::Path;

use crate::account::Account;
use crate::account::connector::Connector;
use crate::args::Search;
use crate::error::{Exit, Result};
use crate::mailbox::query;
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::list;
use crate::output::Output;

pub(crate) fn run(args: &Search, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let query = query::query(&args.conditions)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut reader = Reader::open(&connector, &args.mailbox)?;
    let (found, exit) = resolve::search(&mut reader.mailbox()?, query)?;
    let found = args.limit.map_or_else(|| found.clone(), |limit| found.greatest(limit as u64));
    let exit = if args.uids {
        list::print_uids(found.iter(), out)?;
        exit
    } else {
        exit.and(list::print(&mut reader, &found, out)?)
    };
    reader.logout();
    Ok(exit)
}
