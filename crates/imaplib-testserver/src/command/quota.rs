//! GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208; RFC 2087).

use crate::account::Account;
use crate::annotations::Limits;
use crate::cursor::{Cursor, Syntax};
use crate::response::{Completion, Handled, Response};
use crate::session::Session;
use crate::store_error::StoreError;

/// An account has one root, of all its mailboxes.
const ROOT: &str = "";

pub(crate) fn get_quota(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let root = args.astring()?;
    args.end()?;
    let user = session.logged_in()?;
    let quota = session.store.with(&user, |account| Ok::<_, StoreError>(quota(account)))?;
    match quota.filter(|_| root == ROOT) {
        Some(quota) => session.send(quota),
        None => return Completion::no("[NONEXISTENT] no such quota root"),
    }
    Completion::ok("GETQUOTA done")
}

pub(crate) fn get_quota_root(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    args.end()?;
    let user = session.logged_in()?;
    let quota = session.store.with(&user, |account| Ok::<_, StoreError>(quota(account)))?;
    let mut roots = Response::untagged();
    roots.text("QUOTAROOT ").mailbox(&name);
    if quota.is_some() {
        roots.text(" ").string(ROOT.as_bytes());
    }
    session.send(roots);
    if let Some(quota) = quota {
        session.send(quota);
    }
    Completion::ok("GETQUOTAROOT done")
}

pub(crate) fn set_quota(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let root = args.astring()?;
    args.space()?;
    let mut limits = Limits::default();
    args.list(|cursor| {
        let resource = cursor.keyword()?;
        cursor.space()?;
        let limit = Some(cursor.number()?);
        match resource.as_str() {
            "STORAGE" => limits.storage = limit,
            "MESSAGE" => limits.messages = limit,
            other => return Err(Syntax::new(format!("unknown resource {other}"))),
        }
        Ok(())
    })?;
    args.end()?;
    let user = session.logged_in()?;
    if !session.settings.has("QUOTASET") {
        return Completion::no("[NOPERM] the quota cannot be changed");
    }
    if root != ROOT {
        return Completion::no("[NONEXISTENT] no such quota root");
    }
    let response = session.store.with(&user, |account| {
        account.limits = limits;
        Ok::<_, StoreError>(quota(account))
    })?;
    if let Some(response) = response {
        session.send(response);
    }
    Completion::ok("SETQUOTA done")
}

/// `QUOTA "" (STORAGE 10 512)`, if there is a limit.
fn quota(account: &Account) -> Option<Response> {
    let usage = account.usage();
    let storage = account.limits.storage.map(|limit| format!("STORAGE {} {limit}", usage.storage()));
    let messages = account.limits.messages.map(|limit| format!("MESSAGE {} {limit}", usage.messages));
    let resources: Vec<String> = storage.into_iter().chain(messages).collect();
    if resources.is_empty() {
        return None;
    }
    let mut response = Response::untagged();
    response.text("QUOTA ").string(ROOT.as_bytes()).text(&format!(" ({})", resources.join(" ")));
    Some(response)
}
