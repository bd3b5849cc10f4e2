//! `imap search ACCOUNT MAILBOX [KEY…]`

use std::path::Path;

use imaplib::types::UidSet;

use crate::account::Account;
use crate::args::Search;
use crate::connect::Connector;
use crate::exit::{Exit, Result};
use crate::failure::failure;
use crate::output::Output;
use crate::{conditions, message_list, selection};

pub(crate) fn run(args: &Search, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let query = conditions::query(&args.conditions)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut session = connector.session()?;
    let mut mailbox = selection::examine(&mut session, &args.mailbox)?;
    let found = mailbox.search(query).map_err(|error| failure(&error).context("search"))?;
    let found = newest(found, args.limit);
    if args.uids {
        message_list::print_uids(found.iter(), out)?;
    } else {
        message_list::print(&mut mailbox, &found, out)?;
    }
    let _ = session.logout();
    Ok(Exit::Ok)
}

/// The last `limit` of the messages found.
fn newest(found: UidSet, limit: Option<usize>) -> UidSet {
    let Some(limit) = limit else { return found };
    let skip = usize::try_from(found.len()).unwrap_or(usize::MAX).saturating_sub(limit);
    found.iter().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest() {
        let found: UidSet = "1:5,9".parse().unwrap();
        assert_eq!(newest(found.clone(), Some(2)).to_string(), "5,9");
        assert_eq!(newest(found.clone(), None), found);
        assert!(newest(found, Some(0)).is_empty());
    }
}
