//! `imap sort ACCOUNT MAILBOX ORDER [KEY…]`

use std::path::Path;

use crate::account::Account;
use crate::args::Sort;
use crate::connect::Connector;
use crate::exit::{Exit, Result};
use crate::message_list::{self, BATCH, Lines};
use crate::order::Order;
use crate::output::Output;
use crate::{conditions, selection};

pub(crate) fn run(args: &Sort, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let order = Order::parse(&args.order)?;
    let query = conditions::query(&args.conditions)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut session = connector.session()?;
    let mut mailbox = selection::examine(&mut session, &args.mailbox)?;
    let mut sorted = order.messages(&mut mailbox, query)?;
    sorted.truncate(args.limit.unwrap_or(usize::MAX));
    if args.uids {
        message_list::print_uids(sorted, out)?;
    } else {
        let mut lines = Lines::new();
        for part in sorted.chunks(BATCH) {
            let rows = message_list::fetch(&mut mailbox, part.iter().copied())?;
            part.iter().filter_map(|uid| rows.get(uid)).try_for_each(|row| lines.add(row, out))?;
        }
        lines.finish(out)?;
    }
    let _ = session.logout();
    Ok(Exit::Ok)
}
