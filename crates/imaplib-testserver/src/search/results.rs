//! The response ESEARCH and what it is asked for (RFC 4731; RFC 5267 for SORT; RFC 5182 for SAVE).

use imaplib_proto::types::{SeqNum, SeqSet, Uid};

use crate::cursor::{Cursor, Parsed, Syntax};
use crate::response::Response;
use crate::view::Numbers;

/// A message that matches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) seq: u32,
    pub(crate) uid: Uid,
    /// If the search asks for mod-sequences.
    pub(crate) modseq: Option<u64>,
}

impl Hit {
    pub(crate) fn number(&self, numbers: Numbers) -> u32 {
        if numbers == Numbers::Uid { self.uid.get() } else { self.seq }
    }
}

/// What `RETURN (…)` asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ReturnOptions {
    min: bool,
    max: bool,
    all: bool,
    count: bool,
    pub(crate) save: bool,
    /// Whether what changes is sent from now on (RFC 5267).
    pub(crate) update: bool,
    /// The places in the result that are wanted.
    partial: Option<(u64, u64)>,
}

/// Which options there are beyond those of RFC 4731.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Offered {
    pub(crate) save: bool,
    pub(crate) context: bool,
}

impl ReturnOptions {
    /// Reads `RETURN (…) `, if it is there.
    pub(crate) fn parse(args: &mut Cursor, offered: Offered) -> Parsed<Option<Self>> {
        if !args.eat_word("RETURN ") {
            return Ok(None);
        }
        let mut options = Self::default();
        args.list(|cursor| {
            match cursor.keyword()?.as_str() {
                "MIN" => options.min = true,
                "MAX" => options.max = true,
                "ALL" => options.all = true,
                "COUNT" => options.count = true,
                "SAVE" if offered.save => options.save = true,
                "UPDATE" if offered.context => options.update = true,
                // A hint, which a search in memory has no use for.
                "CONTEXT" if offered.context => {}
                "PARTIAL" if offered.context => {
                    cursor.space()?;
                    let first = cursor.nonzero()?;
                    cursor.need(b':')?;
                    options.partial = Some((first, cursor.nonzero()?));
                }
                other => return Err(Syntax::new(format!("unknown return option {other}"))),
            }
            Ok(())
        })?;
        args.space()?;
        if options == (Self { update: options.update, ..Self::default() }) && !options.update {
            options.all = true;
        }
        Ok(Some(options))
    }

    /// The messages that are meant: the first and the last alone if nothing but these is asked for.
    pub(crate) fn chosen<'a>(&self, found: &'a [Hit]) -> impl Iterator<Item = &'a Hit> + use<'a> {
        let (min, max) = (self.min, self.max);
        let ends_only = (min || max) && !self.all && !self.count;
        let last = found.len().saturating_sub(1);
        let chosen = move |place: usize| !ends_only || (min && place == 0) || (max && place == last);
        found.iter().enumerate().filter(move |(place, _)| chosen(*place)).map(|(_, hit)| hit)
    }
}

/// The response; `None` where the result is only to be saved.
pub(crate) fn extended(tag: &[u8], numbers: Numbers, options: ReturnOptions, found: &[Hit]) -> Option<Response> {
    if options == (ReturnOptions { save: true, ..ReturnOptions::default() }) {
        return None;
    }
    let mut response = Response::untagged();
    response.text("ESEARCH (TAG ").string(tag).text(")");
    if numbers == Numbers::Uid {
        response.text(" UID");
    }
    if let (Some(first), Some(last)) = (found.first(), found.last()) {
        if options.min {
            response.text(&format!(" MIN {}", first.number(numbers)));
        }
        if options.max {
            response.text(&format!(" MAX {}", last.number(numbers)));
        }
        if options.all {
            response.text(&format!(" ALL {}", in_order(found.iter().map(|hit| hit.number(numbers)))));
        }
    }
    if let Some((first, last)) = options.partial {
        let (first, last) = (first.min(last), first.max(last));
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let page = found.iter().skip(place(first - 1)).take(place(last - first + 1));
        let numbers = in_order(page.map(|hit| hit.number(numbers)));
        let numbers = if numbers.is_empty() { "NIL" } else { &numbers };
        response.text(&format!(" PARTIAL ({first}:{last} {numbers})"));
    }
    if options.count {
        response.text(&format!(" COUNT {}", found.len()));
    }
    if let Some(highest) = options.chosen(found).filter_map(|hit| hit.modseq).max() {
        response.text(&format!(" MODSEQ {highest}"));
    }
    Some(response)
}

/// A set that keeps the order of its numbers: what follows each other is a range (RFC 5267 section 3.2).
fn in_order(numbers: impl Iterator<Item = u32>) -> String {
    let mut sets: Vec<SeqSet> = Vec::new();
    for number in numbers.filter_map(SeqNum::new) {
        match sets.last_mut() {
            Some(set) if set.last().is_some_and(|last| last.get().checked_add(1) == Some(number.get())) => {
                set.insert(number);
            }
            _ => sets.push(SeqSet::from(number)),
        }
    }
    sets.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
