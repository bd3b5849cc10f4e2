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

/// The number of letters to insert, remove, change or swap (Levenshtein, with neighbours swapped for one).
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, j) + usize::from(x != y)).min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
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
