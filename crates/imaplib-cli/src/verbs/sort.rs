//! `imap sort ACCOUNT MAILBOX ORDER [KEY…]`

use std::path::Path;

use crate::account::Account;
use crate::account::connector::Connector;
use crate::args::Sort;
use crate::error::{Exit, Result};
use crate::mailbox::query;
use crate::mailbox::reader::Reader;
use crate::message::list::{self, BATCH, Batch, Lines};
use crate::message::sort::Order;
use crate::output::Output;

pub(crate) fn run(args: &Sort, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let order = Order::parse(&args.order)?;
    let query = query::query(&args.conditions)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut reader = Reader::open(&connector, &args.mailbox)?;
    let (mut sorted, mut exit) = order.messages(&mut reader, query)?;
    sorted.truncate(args.limit.unwrap_or(usize::MAX));
    if args.uids {
        list::print_uids(sorted, out)?;
    } else {
        let mut lines = Lines::new();
        for part in sorted.chunks(BATCH) {
            let mut batch = Batch::fetch(&mut reader, part.iter().copied())?;
            for uid in part {
                if let Some(row) = batch.get(&mut reader, *uid)? {
                    lines.add(row, out)?;
                }
            }
            exit = exit.and(batch.finish(&mut reader));
        }
        lines.finish(out)?;
    }
    reader.logout();
    Ok(exit)
}
