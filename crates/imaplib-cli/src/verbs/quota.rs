//! `imap quota ACCOUNT [MAILBOX]`

use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{Capability, ImapString, MailboxName, MailboxQuotas, Quota as Limits, QuotaResource, Untagged};
use serde_json::json;

use crate::args::Quota;
use crate::args::values;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result, library};
use crate::mailbox::resolve;
use crate::output::json;
use crate::output::table::{Align, Table};
use crate::output::terminal::bytes;
use crate::output::{self, Output};
use crate::verbs::frame::in_session;

/// The unit of STORAGE in bytes (RFC 9208, section 5.1).
const STORAGE_UNIT: u64 = 1024;

pub(crate) fn run(args: &Quota, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let changes: Vec<(String, Option<u64>)> = args.set.iter().map(|text| limit(text)).collect::<Result<_>>()?;
    in_session(&args.access, config, |session| {
        library::require(
            session,
            Capability::Quota,
            "`imap folders ACCOUNT --status` shows the size of each mailbox where the server knows it",
        )?;
        let mailbox = resolve::find(session, &args.mailbox)?;
        let mut quotas = quotas(session, &mailbox)?;
        if !changes.is_empty() {
            set(session, &quotas, args.root.as_deref(), &changes)?;
            quotas = self::quotas(session, &mailbox)?;
        }
        print(&mailbox, &quotas, out)
    })
}

fn quotas(session: &mut Session, mailbox: &MailboxName) -> Result<MailboxQuotas> {
    session.get_quota_root(mailbox).map_err(|error| failure(&error).context("quota"))
}

/// Prints the figures. A root whose figures did not come, or could not be read, is reported: it may limit the mailbox.
fn print(mailbox: &MailboxName, answer: &MailboxQuotas, out: &mut Output) -> Result<Exit> {
    let quotas: &[Limits] = &answer.quotas;
    let has_come = |root: &&ImapString| quotas.iter().any(|quota| quota.root == **root);
    let missing: Vec<&ImapString> = answer.roots.roots.iter().filter(|root| !has_come(root)).collect();
    let mut table = Table::new([
        ("QUOTA", Align::Flexible),
        ("RESOURCE", Align::Left),
        ("USED", Align::Right),
        ("LIMIT", Align::Right),
        ("PERCENT", Align::Right),
    ]);
    let mut is_limited = false;
    for (quota_root, resource) in
        quotas.iter().flat_map(|quota| quota.resources.iter().map(|resource| (&quota.root, resource)))
    {
        is_limited = true;
        let (root, name) = (bytes(quota_root.as_bytes()), bytes(resource.name.as_bytes()));
        let unit = if is_storage(&name) { STORAGE_UNIT } else { 1 };
        let (used, limit) = (resource.usage.saturating_mul(unit), resource.limit.saturating_mul(unit));
        let percent = percent(resource);
        if out.is_json() {
            out.object(&json!({
                "mailbox": mailbox.to_text(), "root": json::bytes(quota_root.as_bytes()), "resource": json::bytes(resource.name.as_bytes()), "used": used, "limit": limit, "percent": percent,
            }))?;
            continue;
        }
        let shown = |number: u64| if is_storage(&name) { output::size(number) } else { number.to_string() };
        let percent = percent.map(|percent| format!("{percent}%")).unwrap_or_default();
        table.row([root.as_str(), &name, &shown(used), &shown(limit), &percent]);
    }
    for root in &missing {
        let root = bytes(root.as_bytes());
        output::note(&format!("quota: the server did not send figures of the quota root {root:?} that can be read"));
    }
    let incomplete: Vec<&Limits> = quotas.iter().filter(|quota| !quota.is_complete).collect();
    for quota in &incomplete {
        let root = bytes(quota.root.as_bytes());
        output::note(&format!("quota: not all figures of the quota root {root:?} can be read"));
    }
    if !is_limited && missing.is_empty() && incomplete.is_empty() {
        output::note(&format!("no quota limits {mailbox}"));
    }
    if !table.is_empty() {
        out.table(&table)?;
    }
    Ok(Exit::partial_if(!missing.is_empty() || !incomplete.is_empty()))
}

fn is_storage(resource: &str) -> bool {
    resource.eq_ignore_ascii_case("STORAGE")
}

/// How much of the limit is used, rounded down; nothing can be said of a limit of 0.
fn percent(resource: &QuotaResource) -> Option<u64> {
    let percent = (u128::from(resource.usage) * 100).checked_div(u128::from(resource.limit))?;
    Some(u64::try_from(percent).unwrap_or(u64::MAX))
}

/// Reads `storage=2G`, in the units of the protocol; `None` removes the limit.
fn limit(text: &str) -> Result<(String, Option<u64>)> {
    let wrong = || {
        Failure::usage(format!("--set {text:?} is not a limit"))
            .hint("write storage=2G, message=10000, or message=none")
    };
    let (resource, limit) = text.split_once('=').filter(|(resource, _)| !resource.is_empty()).ok_or_else(wrong)?;
    let resource = resource.to_ascii_uppercase();
    let limit = if limit.eq_ignore_ascii_case("none") {
        None
    } else if is_storage(&resource) {
        Some(values::size("--set storage", limit)?.div_ceil(STORAGE_UNIT))
    } else {
        Some(limit.parse().map_err(|_| wrong())?)
    };
    Ok((resource, limit))
}

/// Sets limits, and keeps those that are not named: SETQUOTA by itself would drop them (RFC 9208, section 4.1.3).
fn set(
    session: &mut Session,
    before: &MailboxQuotas,
    wanted: Option<&str>,
    changes: &[(String, Option<u64>)],
) -> Result<()> {
    let names: Vec<String> = before.roots.roots.iter().map(|root| bytes(root.as_bytes())).collect();
    let root = match (wanted, names.as_slice()) {
        (Some(wanted), names) if names.iter().any(|name| name == wanted) => wanted,
        (None, [only]) => only,
        (_, []) => return Err(Failure::new(Exit::Unavailable, "the mailbox has no quota whose limits could be set")),
        (wanted, names) => {
            let problem = wanted
                .map_or("the mailbox has several quotas".to_owned(), |root| format!("there is no quota {root:?}"));
            return Err(Failure::usage(problem).hint(format!("choose with --root: {}", names.join(", "))));
        }
    };
    // What is not sent back is dropped.
    let is_unread = |quota: &Limits| !quota.is_complete && bytes(quota.root.as_bytes()) == root;
    let is_missing = !before.quotas.iter().any(|quota| bytes(quota.root.as_bytes()) == root);
    if before.quotas.iter().any(is_unread) || (is_missing && has_unreadable_quota(session)) {
        let text = format!("not all limits of the quota root {root:?} can be read, and those would be removed");
        return Err(Failure::new(Exit::Protocol, text).hint(
            "nothing was changed; `imap raw ACCOUNT` shows what the server sends, and sends SETQUOTA with all limits",
        ));
    }
    let before =
        before.quotas.iter().filter(|quota| bytes(quota.root.as_bytes()) == root).flat_map(|quota| &quota.resources);
    let mut limits: Vec<(String, u64)> = before
        .map(|resource| (bytes(resource.name.as_bytes()), resource.limit))
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| name.eq_ignore_ascii_case(changed)))
        .collect();
    limits.extend(changes.iter().filter_map(|(name, limit)| Some((name.clone(), (*limit)?))));
    let limits: Vec<(&str, u64)> = limits.iter().map(|(name, limit)| (name.as_str(), *limit)).collect();
    session.set_quota(root, &limits).map(drop).map_err(|error| failure(&error).context("quota"))
}

/// Whether the server sent figures of a quota root that cannot be read at all.
fn has_unreadable_quota(session: &mut Session) -> bool {
    let mut events = std::iter::from_fn(|| session.next_event());
    events.any(|event| match event.response {
        Untagged::Unknown { number: None, keyword, .. } => keyword.eq_ignore_ascii_case("QUOTA"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_in_the_units_of_the_protocol() {
        for (text, name, value) in [
            ("storage=2G", "STORAGE", Some(2 << 20)),
            ("Storage=1", "STORAGE", Some(1)),
            ("message=10000", "MESSAGE", Some(10_000)),
            ("MESSAGE=none", "MESSAGE", None),
        ] {
            assert_eq!(limit(text).unwrap(), (name.to_owned(), value), "{text}");
        }
        for wrong in ["storage", "=5", "message=2G", "storage=much", "message=-1"] {
            assert_eq!(limit(wrong).unwrap_err().exit(), Exit::Usage, "{wrong}");
        }
    }

    #[test]
    fn percents_hold_for_every_number() {
        let percent = |usage, limit| percent(&QuotaResource { name: "STORAGE".into(), usage, limit });
        assert_eq!((percent(1, 3), percent(4, 2), percent(5, 0)), (Some(33), Some(200), None));
        assert_eq!(percent(u64::MAX, 1), Some(u64::MAX));
    }
}
