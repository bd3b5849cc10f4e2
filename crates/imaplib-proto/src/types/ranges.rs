//! Ranges of numbers, sorted and disjoint, and the text of a message set.

use std::fmt;

use super::InvalidValue;

/// Sorted, disjoint ranges; `open` is the start of a range that ends in `*`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Ranges {
    pub(super) closed: Vec<(u32, u32)>,
    pub(super) open: Option<Open>,
}

/// How a set reaches to the last message of the mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Open {
    /// `n:*`
    From(u32),
    /// `*` alone
    Last,
}

impl Ranges {
    pub(super) fn insert(&mut self, low: u32, high: u32) {
        let (mut low, mut high) = if low <= high { (low, high) } else { (high, low) };
        // The usual case: numbers arrive in ascending order.
        match self.closed.last_mut() {
            None => return self.closed.push((low, high)),
            Some(last) if low > last.1.saturating_add(1) => return self.closed.push((low, high)),
            Some(last) if low >= last.0 => {
                last.1 = last.1.max(high);
                return;
            }
            Some(_) => {}
        }
        let start = self.closed.partition_point(|range| range.1.saturating_add(1) < low);
        let end = self.closed.partition_point(|range| range.0 <= high.saturating_add(1));
        for &(first, last) in self.closed.get(start..end).unwrap_or_default() {
            low = low.min(first);
            high = high.max(last);
        }
        self.closed.splice(start..end, [(low, high)]);
    }

    /// From ranges in any order; zero is not a number.
    pub(super) fn from_unsorted(mut ranges: Vec<(u32, u32)>) -> Self {
        // Most servers send them in order: then nothing is to be moved.
        let mut before = 0;
        let in_order = ranges.iter().all(|(low, high)| {
            let follows = before < *low && (before == 0 || *low - before > 1) && low <= high;
            before = *high;
            follows
        });
        if in_order {
            return Self { closed: ranges, open: None };
        }
        // In place: there may be millions.
        ranges.retain_mut(|range| {
            *range = (range.0.min(range.1), range.0.max(range.1));
            range.0 > 0
        });
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let joins = next.0 <= last.1.saturating_add(1);
            last.1 = if joins { last.1.max(next.1) } else { last.1 };
            joins
        });
        Self { closed: ranges, open: None }
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let at = self.closed.partition_point(|range| range.1 < number);
        self.closed.get(at).is_some_and(|range| range.0 <= number)
            || matches!(self.open, Some(Open::From(start)) if start <= number)
    }

    pub(super) fn count(&self) -> u64 {
        self.closed.iter().map(|(low, high)| u64::from(high - low) + 1).sum()
    }

    pub(super) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new("message set", text);
        let mut ranges = Self::default();
        for part in text.split(',') {
            let number = |text: &str| match text.parse::<u32>() {
                Ok(number) if number > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(number),
                _ => Err(invalid()),
            };
            match part.split_once(':') {
                None if part == "*" => ranges.open = ranges.open.or(Some(Open::Last)),
                None => {
                    let number = number(part)?;
                    ranges.insert(number, number);
                }
                Some(("*", "*")) => ranges.open = ranges.open.or(Some(Open::Last)),
                Some((start, "*") | ("*", start)) => {
                    let start = number(start)?;
                    ranges.open = Some(match ranges.open {
                        Some(Open::From(before)) => Open::From(before.min(start)),
                        _ => Open::From(start),
                    });
                }
                Some((low, high)) => ranges.insert(number(low)?, number(high)?),
            }
        }
        Ok(ranges)
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (low, high) in &self.closed {
            if low == high {
                write!(f, "{separator}{low}")?;
            } else {
                write!(f, "{separator}{low}:{high}")?;
            }
            separator = ",";
        }
        match self.open {
            Some(Open::From(start)) => write!(f, "{separator}{start}:*"),
            Some(Open::Last) => write!(f, "{separator}*"),
            None => Ok(()),
        }
    }
}
