//! A mailbox that is not there: which ones have a similar name.

use imaplib::types::MailboxName;

/// The names most like `wanted`, the most similar first.
pub(crate) fn similar<'a>(wanted: &str, names: impl IntoIterator<Item = &'a MailboxName>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<(usize, String)> = names
        .into_iter()
        .map(|name| name.to_text().into_owned())
        .filter_map(|name| Some((distance(&wanted, &name.to_lowercase())?, name)))
        .collect();
    near.sort();
    near.truncate(5);
    near.into_iter().map(|(_, name)| name).collect()
}

/// How far apart two names are; `None` if they are not alike at all.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let limit = wanted.chars().count() / 3 + 1;
    let last = |path: &str| path.rsplit(['/', '.', '\\']).next().map(str::to_owned).unwrap_or_default();
    let whole = edits(wanted, name);
    // `Sent` finds `INBOX.Sent`, and `Setn` does too.
    let tail = edits(&last(wanted), &last(name)) + 1;
    let within = (wanted.chars().count() > 2 && name.contains(wanted)).then_some(2);
    let best = [Some(whole), Some(tail), within].into_iter().flatten().min()?;
    (best <= limit).then_some(best)
}

/// The number of letters to insert, remove, change or swap; of long names the beginnings are compared.
fn edits(a: &str, b: &str) -> usize {
    let beginning = |text: &str| text.chars().take(64).collect::<String>();
    strsim::osa_distance(&beginning(a), &beginning(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_mailbox() {
        let names: Vec<MailboxName> = ["INBOX", "Sent", "Archive/2024", "INBOX.Drafts", "Trash"]
            .iter()
            .map(|name| MailboxName::new(name).unwrap())
            .collect();
        for (wanted, found) in [
            ("Imbox", "INBOX"),
            ("sent", "Sent"),
            ("Setn", "Sent"),
            ("Drafts", "INBOX.Drafts"),
            ("archive", "Archive/2024"),
        ] {
            assert_eq!(similar(wanted, &names).first().map(String::as_str), Some(found), "{wanted}");
        }
        assert!(similar("Xyzzy", &names).is_empty());
    }
}
