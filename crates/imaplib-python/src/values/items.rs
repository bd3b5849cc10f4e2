//! The items of a FETCH from their names in the protocol.

use imaplib_proto::command::{FetchItem, FetchItems};
use imaplib_proto::types::{InvalidValue, Part, Section, SectionText};
use pyo3::prelude::*;

use super::error::raise;

/// The items that these texts name, such as `FLAGS` and `BODY.PEEK[1.2]<0.100>`.
pub(crate) fn fetch_items(py: Python<'_>, texts: &[String]) -> PyResult<FetchItems> {
    let mut items = FetchItems::default();
    for text in texts {
        let item = item(text).ok_or_else(|| raise(py, InvalidValue::new("item of a FETCH", text).into()))?;
        items.insert(item);
    }
    Ok(items)
}

fn item(text: &str) -> Option<FetchItem> {
    let Some((name, rest)) = text.split_once('[') else { return Some(FetchItem::Other(text.to_owned())) };
    let (inner, behind) = rest.rsplit_once(']')?;
    let partial = match behind {
        "" => None,
        range => {
            let (start, length) = range.strip_prefix('<')?.strip_suffix('>')?.split_once('.')?;
            Some((start.parse().ok()?, length.parse().ok()?))
        }
    };
    match name.to_ascii_uppercase().as_str() {
        "BODY" => Some(FetchItem::Section { section: section(inner)?, peek: false, partial }),
        "BODY.PEEK" => Some(FetchItem::Section { section: section(inner)?, peek: true, partial }),
        "BINARY" => Some(FetchItem::Binary { part: part(inner)?, peek: false, partial }),
        "BINARY.PEEK" => Some(FetchItem::Binary { part: part(inner)?, peek: true, partial }),
        "BINARY.SIZE" => Some(FetchItem::BinarySize(part(inner)?)),
        _ => None,
    }
}

fn part(text: &str) -> Option<Part> {
    if text.is_empty() { Some(Part::default()) } else { text.parse().ok() }
}

/// What stands between the brackets: `1.2`, `HEADER`, `1.HEADER.FIELDS (SUBJECT FROM)`.
fn section(text: &str) -> Option<Section> {
    let numbers = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (numbers, word) = text.split_at_checked(numbers)?;
    let number = if word.is_empty() { numbers } else { numbers.strip_suffix('.').unwrap_or(numbers) };
    let (word, names) = word.split_once(' ').unwrap_or((word, ""));
    let fields = || {
        let inner = names.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split_ascii_whitespace().map(|name| name.trim_matches('"').into()).collect())
    };
    let text = match word.to_ascii_uppercase().as_str() {
        "" => SectionText::All,
        "HEADER" => SectionText::Header,
        "TEXT" => SectionText::Text,
        "MIME" => SectionText::Mime,
        "HEADER.FIELDS" => SectionText::HeaderFields(fields()?),
        "HEADER.FIELDS.NOT" => SectionText::HeaderFieldsNot(fields()?),
        _ => return None,
    };
    Some(Section { part: part(number)?, text })
}
