//! `imap search ACCOUNT MAILBOX [KEY…]`

use std::path::Path;

use crate::account::Account;
use crate::args::Search;
use crate::conditions;
use crate::connect::Connector;
use crate::exit::{Exit, Result};
use crate::message::list;
use crate::output::Output;
use crate::reader::Reader;
use crate::selection;

pub(crate) fn run(args: &Search, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let query = conditions::query(&args.conditions)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut reader = Reader::open(&connector, &args.mailbox)?;
    let (found, exit) = selection::search(&mut reader.mailbox()?, query)?;
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
