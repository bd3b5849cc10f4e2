//! The public items of the library are those that are checked in: a change of them is made on purpose, and is seen.
//!
//! The list comes from what rustdoc writes. `UPDATE_PUBLIC_ITEMS=1` makes the files anew.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

mod rustdoc;

use rustdoc::{document, values};

const UPDATE: &str = "UPDATE_PUBLIC_ITEMS=1 cargo test -p imaplib --test public_items";

/// What nearly every type has by itself: only what is not Send or not Sync is told. The others differ with the compiler.
const UNINTERESTING: [&str; 8] =
    ["Freeze", "RefUnwindSafe", "Send", "StructuralPartialEq", "Sync", "Unpin", "UnsafeUnpin", "UnwindSafe"];

#[test]
fn the_public_items_are_those_that_are_checked_in() {
    let docs = document();
    let mut changed = false;
    for (name, folder) in [("imaplib", "imaplib"), ("imaplib_proto", "imaplib-proto")] {
        let items = items(&docs, name);
        assert!(items.len() > 100, "{} items of {name}: rustdoc may write other pages now", items.len());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{folder}/public-items.txt"));
        if std::env::var_os("UPDATE_PUBLIC_ITEMS").is_some() {
            let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
            fs::write(&file, lines).unwrap();
            continue;
        }
        let before = fs::read_to_string(&file).unwrap_or_default();
        let before: BTreeSet<String> = before.lines().map(str::to_owned).collect();
        before.difference(&items).for_each(|item| println!("- {item}"));
        items.difference(&before).for_each(|item| println!("+ {item}"));
        changed |= before != items;
    }
    assert!(!changed, "the public items have changed; if that is meant: {UPDATE}");
}

/// The items of a crate with what they are made of, one a line.
fn items(docs: &Path, name: &str) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    let folder = docs.join(name);
    let list = fs::read_to_string(folder.join("all.html")).unwrap();
    // Each item is linked as `folder/kind.Name.html`.
    for link in values(&list, "href=\"") {
        let Some(page) = link.strip_suffix(".html").filter(|page| !page.contains("..")) else { continue };
        let (modules, file) = page
            .rsplit_once('/')
            .map_or((String::new(), page), |(modules, file)| (format!("{}::", modules.replace('/', "::")), file));
        let Some((kind, item)) = file.split_once('.') else { continue };
        let path = format!("{name}::{modules}{item}");
        let html = fs::read_to_string(folder.join(link)).unwrap();
        // Only what is the crate's own has its source here; the rest is described where it comes from.
        let source = values(&html, "class=\"src\" href=\"").next().unwrap_or_default();
        if source.contains(&format!("/src/{name}/")) {
            items.insert(format!("{path} ({kind})"));
            members(&html, &path, &mut items);
        } else {
            items.insert(format!("{path} ({kind} of another crate)"));
        }
    }
    items
}

/// What the page of an item shows besides the item.
fn members(html: &str, path: &str, items: &mut BTreeSet<String>) {
    let until = |mark: &str| html.find(&format!("id=\"{mark}\"")).unwrap_or(html.len());
    let implementations = until("trait-implementations").min(until("synthetic-implementations"));
    let implementors = until("foreign-impls").min(until("implementors"));
    let own = html.get(..implementations.min(implementors)).unwrap();
    for id in values(own, "id=\"") {
        let Some((kind, member)) = id.split_once('.') else { continue };
        let kind = match kind {
            "method" | "variant" => kind,
            "structfield" => "field",
            "tymethod" => "required method",
            "associatedtype" => "associated type",
            "associatedconstant" => "associated constant",
            _ => continue,
        };
        match member.split_once('.') {
            None => items.insert(format!("{path}::{member} ({kind})")),
            Some((variant, field)) => match field.strip_prefix("field.") {
                Some(field) => items.insert(format!("{path}::{variant}::{field} (field)")),
                None => continue,
            },
        };
    }
    // Blanket implementations are those of other crates' traits for all types.
    let rest = html.get(implementations.min(implementors)..until("blanket-implementations")).unwrap_or_default();
    for section in rest.split("<section id=\"impl-").skip(1) {
        let Some((_, header)) = section.split_once("class=\"code-header\">") else { continue };
        let header = text(header.split("</h3>").next().unwrap_or_default());
        let header = header.split("where ").next().unwrap_or_default().trim_end();
        if !header.split([' ', '<']).any(|word| UNINTERESTING.contains(&word)) {
            items.insert(format!("{path} {header}"));
        }
    }
}

/// The text without its tags, its spaces made one each.
fn text(html: &str) -> String {
    let plain: String = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
    let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'").replace("&amp;", "&");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
