//! `imap search ACCOUNT MAILBOX [KEY…]`

use std::path::Path;

use crate::args::Search;
use crate::error::{Exit, Result};
use crate::mailbox::search;
use crate::message::list;
use crate::output::Output;
use crate::verbs::frame::in_mailbox;

pub(crate) fn run(args: &Search, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let query = search::query(&args.conditions)?;
    in_mailbox(&args.access, config, &args.mailbox, |reader| {
        let (found, exit) = reader.search(&query)?;
        let found = args.limit.map_or_else(|| found.clone(), |limit| found.greatest(limit as u64));
        let exit = if args.uids {
            list::print_uids(found.iter(), out)?;
            exit
        } else {
            exit.and(list::print(reader, &found, out)?)
        };
        Ok(exit)
    })
}
