//! The threading algorithm REFERENCES (RFC 5256 section 3), its steps in the order of the RFC.

use std::collections::HashMap;

use super::thread::{Forest, Mail, Node};

/// A message, or one that others refer to and that is not in the mailbox.
#[derive(Debug, Default)]
struct Link {
    mail: Option<usize>,
    parent: Option<usize>,
}

/// A thread below the root.
#[derive(Debug)]
struct Top {
    /// The first message; `None` for a dummy.
    mail: Option<usize>,
    /// Its children: places of messages.
    children: Vec<usize>,
}

/// Threads the messages, which are in the order of the mailbox.
pub(crate) fn thread(mails: &[Mail]) -> Forest {
    let links = link(mails);
    let (tops, children) = prune(mails, &links);
    let (tops, children) = merge_subjects(mails, tops, children);
    forest(mails, tops, children)
}

/// Step 1: parents by the identifiers in References and In-Reply-To.
fn link(mails: &[Mail]) -> Vec<Link> {
    let mut links: Vec<Link> = (0..mails.len()).map(|place| Link { mail: Some(place), parent: None }).collect();
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    for (place, mail) in mails.iter().enumerate() {
        if let Some(id) = &mail.id {
            by_id.entry(id).or_insert(place);
        }
    }
    for (place, mail) in mails.iter().enumerate() {
        let mut before = None;
        for id in &mail.references {
            let referred = *by_id.entry(id).or_insert_with(|| {
                links.push(Link::default());
                links.len() - 1
            });
            if let Some(parent) = before
                && links.get(referred).is_some_and(|link| link.parent.is_none())
            {
                adopt(&mut links, parent, referred);
            }
            before = Some(referred);
        }
        if let Some(link) = links.get_mut(place) {
            link.parent = None;
        }
        if let Some(parent) = before {
            adopt(&mut links, parent, place);
        }
    }
    links
}

/// Makes `parent` the parent of `child`, unless that would be a loop.
fn adopt(links: &mut [Link], parent: usize, child: usize) {
    let above = |place: &usize| links.get(*place).and_then(|link| link.parent);
    if std::iter::successors(Some(parent), above).any(|place| place == child) {
        return;
    }
    if let Some(link) = links.get_mut(child) {
        link.parent = Some(parent);
    }
}

/// Steps 2 and 3: the threads, and the children of each message. Of the messages that are not there, only the first of
/// a thread with several children stays.
fn prune(mails: &[Mail], links: &[Link]) -> (Vec<Top>, Vec<Vec<usize>>) {
    let mut children = vec![Vec::new(); mails.len()];
    let mut groups: HashMap<usize, usize> = HashMap::new();
    let mut tops: Vec<Top> = Vec::new();
    for place in 0..mails.len() {
        let mut highest_dummy = None;
        let mut above = links.get(place).and_then(|link| link.parent);
        let mut parent = None;
        while let Some((at, link)) = above.and_then(|at| Some((at, links.get(at)?))) {
            if link.mail.is_some() {
                parent = link.mail;
                break;
            }
            highest_dummy = Some(at);
            above = link.parent;
        }
        match (parent.and_then(|parent| children.get_mut(parent)), highest_dummy) {
            (Some(siblings), _) => siblings.push(place),
            (None, None) => tops.push(Top { mail: Some(place), children: Vec::new() }),
            (None, Some(dummy)) => {
                let group = *groups.entry(dummy).or_insert_with(|| {
                    tops.push(Top { mail: None, children: Vec::new() });
                    tops.len() - 1
                });
                if let Some(top) = tops.get_mut(group) {
                    top.children.push(place);
                }
            }
        }
    }
    for top in &mut tops {
        if let ([only], None) = (top.children.as_slice(), top.mail) {
            top.mail = Some(*only);
            top.children.clear();
        }
    }
    (tops, children)
}

/// Steps 4 and 5: threads with the same base subject become one.
fn merge_subjects(mails: &[Mail], mut tops: Vec<Top>, mut children: Vec<Vec<usize>>) -> (Vec<Top>, Vec<Vec<usize>>) {
    for top in &mut tops {
        sort(mails, &mut top.children);
    }
    tops.sort_by_key(|top| key(mails, top));
    let subject = |top: &Top| {
        let first = top.mail.or_else(|| top.children.first().copied());
        first.and_then(|first| mails.get(first)).map(|mail| mail.subject.text.as_str()).filter(|text| !text.is_empty())
    };
    let is_reply = |top: &Top| top.mail.and_then(|mail| mails.get(mail)).is_some_and(|mail| mail.subject.is_reply);

    let mut table: HashMap<&str, usize> = HashMap::new();
    for (place, top) in tops.iter().enumerate() {
        let Some(subject) = subject(top) else { continue };
        let known = *table.entry(subject).or_insert(place);
        let replaces = tops
            .get(known)
            .is_some_and(|known| known.mail.is_some() && (top.mail.is_none() || (is_reply(known) && !is_reply(top))));
        if replaces {
            table.insert(subject, place);
        }
    }

    // What has become a part of another thread is taken out.
    let mut merged: Vec<Option<Top>> = Vec::new();
    let targets: Vec<Option<usize>> =
        tops.iter().map(|top| subject(top).and_then(|subject| table.get(subject)).copied()).collect();
    merged.extend(tops.into_iter().map(Some));
    for (place, target) in targets.into_iter().enumerate() {
        let Some(target) = target.filter(|target| *target != place) else { continue };
        let Some(current) = merged.get_mut(place).and_then(Option::take) else { continue };
        let Some(Some(known)) = merged.get_mut(target) else { continue };
        match (known.mail, current.mail) {
            (None, None) => known.children.extend(current.children),
            (None, Some(mail)) => known.children.push(mail),
            (Some(parent), Some(mail)) if is_reply(&current) && !is_reply(known) => {
                if let Some(siblings) = children.get_mut(parent) {
                    siblings.push(mail);
                }
            }
            (Some(first), Some(mail)) => *known = Top { mail: None, children: vec![first, mail] },
            // The table prefers dummies, so that this is not met.
            (Some(first), None) => {
                let mut all = current.children;
                all.push(first);
                *known = Top { mail: None, children: all };
            }
        }
    }
    (merged.into_iter().flatten().collect(), children)
}

/// Step 6, and the form of [`Forest`].
fn forest(mails: &[Mail], mut tops: Vec<Top>, children: Vec<Vec<usize>>) -> Forest {
    let mut forest = Forest::default();
    for (mail, mut children) in mails.iter().zip(children) {
        sort(mails, &mut children);
        forest.nodes.push(Node { number: Some(mail.number), children });
    }
    for top in &mut tops {
        sort(mails, &mut top.children);
    }
    tops.sort_by_key(|top| key(mails, top));
    for top in tops {
        match top.mail {
            Some(mail) => forest.roots.push(mail),
            None => {
                forest.roots.push(forest.nodes.len());
                forest.nodes.push(Node { number: None, children: top.children });
            }
        }
    }
    forest
}

/// By the date, then by the order of the mailbox.
fn sort(mails: &[Mail], places: &mut [usize]) {
    places.sort_by_key(|place| (mails.get(*place).map(|mail| mail.sent), *place));
}

/// What a thread is sorted by: a dummy by its first child.
fn key(mails: &[Mail], top: &Top) -> (Option<i64>, usize) {
    let first = top.mail.or_else(|| top.children.first().copied()).unwrap_or(usize::MAX);
    (mails.get(first).map(|mail| mail.sent), first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::subject::BaseSubject;

    /// Each message: identifier, references, subject; a subject that begins with `re ` is a reply.
    fn threads(messages: &[(&str, &str, &str)]) -> String {
        let mail = |(place, (id, references, subject)): (usize, &(&str, &str, &str))| Mail {
            number: u32::try_from(place + 1).unwrap(),
            sent: i64::try_from(place).unwrap(),
            subject: BaseSubject {
                text: subject.trim_start_matches("re ").to_owned(),
                is_reply: subject.starts_with("re "),
            },
            id: (!id.is_empty()).then(|| (*id).to_owned()),
            references: references.split_ascii_whitespace().map(str::to_owned).collect(),
        };
        thread(&messages.iter().enumerate().map(mail).collect::<Vec<_>>()).to_text()
    }

    #[test]
    fn by_references() {
        for (messages, expected) in [
            (&[("a", "", "x"), ("b", "a", "y"), ("c", "a b", "z"), ("d", "a", "w")][..], "(1 (2 3)(4))"),
            // The parent is not there: two children stay together, one stands alone.
            (&[("b", "a", "x"), ("c", "a", "y"), ("e", "d", "z")], "((1)(2))(3)"),
            // A dummy within a thread goes.
            (&[("a", "", "x"), ("c", "a b", "y")], "(1 2)"),
            (&[("c", "a b", "x"), ("d", "a b2", "y")], "((1)(2))"),
            // Loops are not made.
            (&[("a", "b", "x"), ("b", "a", "y")], "(2 1)"),
            (&[("a", "a", "x")], "(1)"),
            // Of two messages with one identifier, the first one has it.
            (&[("a", "", "x"), ("a", "", "y"), ("c", "a", "z")], "(1 3)(2)"),
            (&[("", "", ""), ("", "", "")], "(1)(2)"),
            (&[], ""),
        ] {
            assert_eq!(threads(messages), expected, "{messages:?}");
        }
    }

    #[test]
    fn by_subjects() {
        for (messages, expected) in [
            (&[("a", "", "x"), ("b", "", "re x")][..], "(1 2)"),
            (&[("a", "", "re x"), ("b", "", "x")], "(2 1)"),
            (&[("a", "", "x"), ("b", "", "x"), ("c", "", "re x")], "((1)(2)(3))"),
            (&[("a", "", "re x"), ("b", "", "re x")], "((1)(2))"),
            // A dummy takes in what has the subject of its first child.
            (&[("b", "a", "x"), ("c", "a", "y"), ("d", "", "x")], "((1)(2)(3))"),
            (&[("b", "a", "x"), ("c", "a", "y"), ("e", "d", "x"), ("f", "d", "z")], "((1)(2)(3)(4))"),
            (&[("a", "", ""), ("b", "", "re ")], "(1)(2)"),
        ] {
            assert_eq!(threads(messages), expected, "{messages:?}");
        }
    }
}
