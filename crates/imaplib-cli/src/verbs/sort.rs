//! `imap sort ACCOUNT MAILBOX ORDER [KEY…]`

use std::path::Path;

use crate::args::Sort;
use crate::error::{Exit, Result};
use crate::mailbox::search;
use crate::message::list::{self, BATCH, Batch, Lines};
use crate::message::sort::Order;
use crate::output::Output;
use crate::verbs::frame::in_mailbox;

pub(crate) fn run(args: &Sort, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let order = Order::parse(&args.order)?;
    let query = search::query(&args.conditions)?;
    in_mailbox(&args.at.access, config, &args.at.mailbox, |reader| {
        let (mut sorted, mut exit) = order.messages(reader, query)?;
        sorted.truncate(args.limit.unwrap_or(usize::MAX));
        if args.uids {
            list::print_uids(sorted, out)?;
        } else {
            let mut lines = Lines::new();
            for part in sorted.chunks(BATCH) {
                let mut batch = Batch::fetch(reader, part.iter().copied())?;
                for uid in part {
                    if let Some(row) = batch.get(reader, *uid)? {
                        lines.add(row, out)?;
                    }
                }
                exit = exit.and(batch.finish(reader));
            }
            lines.finish(out)?;
        }
        Ok(exit)
    })
}
