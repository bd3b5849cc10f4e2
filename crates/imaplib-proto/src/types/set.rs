//! Sets of message numbers, kept as ranges: a set of four thousand million members needs eight bytes.

use std::fmt;
use std::str::FromStr;

use super::ranges::{Open, Ranges};
use super::{InvalidValue, SeqNum, Uid};

macro_rules! number_set {
    ($(#[$doc:meta])* $name:ident of $number:ident) => {
        $(#[$doc])*
        ///
        /// The ranges are sorted and disjoint, and are never expanded. An empty set is a value, but no command can
        /// send it: calls that take a set answer an empty one without asking the server.
        ///
        /// ```
        #[doc = concat!("use imaplib_proto::types::{", stringify!($name), ", ", stringify!($number), "};")]
        #[doc = concat!("let set: ", stringify!($name), " = \"7,1:3,2:4\".parse()?;")]
        /// assert_eq!(set.to_string(), "1:4,7");
        #[doc = concat!("assert!(set.contains(", stringify!($number), "::new(3).unwrap()));")]
        /// assert_eq!(set.len(), 5);
        /// # Ok::<(), imaplib_proto::types::InvalidValue>(())
        /// ```
        #[derive(Clone, Default, PartialEq, Eq, Hash)]
        pub struct $name(pub(super) Ranges);

        impl $name {
            /// The empty set.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// Every message of the mailbox: `1:*`.
            #[must_use]
            pub fn all() -> Self {
                Self::starting_at($number::MIN)
            }

            /// The messages from `start` to the last one: `start:*`.
            ///
            /// By the standard this holds the last message even when its number is below `start`.
            #[must_use]
            pub fn starting_at(start: $number) -> Self {
                Self(Ranges { closed: Vec::new(), open: Some(Open::From(start.get())) })
            }

            /// The last message of the mailbox: `*`.
            #[must_use]
            pub fn last_message() -> Self {
                Self(Ranges { closed: Vec::new(), open: Some(Open::Last) })
            }

            /// The numbers from `low` to `high`, both included, in either order.
            #[must_use]
            pub fn range(low: $number, high: $number) -> Self {
                let mut set = Self::new();
                set.insert_range(low, high);
                set
            }

            pub(crate) fn from_unsorted(ranges: Vec<(u32, u32)>) -> Self {
                Self(Ranges::from_unsorted(ranges))
            }

            /// Adds one number.
            pub fn insert(&mut self, number: $number) {
                self.0.insert(number.get(), number.get());
            }

            /// Adds the numbers from `low` to `high`, both included, in either order.
            pub fn insert_range(&mut self, low: $number, high: $number) {
                self.0.insert(low.get(), high.get());
            }

            /// Whether the set holds the number. What `*` stands for is not known here: only `n:*` counts, from `n` on.
            #[must_use]
            pub fn contains(&self, number: $number) -> bool {
                self.0.contains(number.get())
            }

            /// Whether the set holds nothing.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.closed.is_empty() && self.0.open.is_none()
            }

            /// Whether the set reaches to the last message by a `*`, so that its members cannot be counted here.
            #[must_use]
            pub fn is_open(&self) -> bool {
                self.0.open.is_some()
            }

            /// How many numbers the closed ranges hold.
            #[must_use]
            pub fn len(&self) -> u64 {
                self.0.count()
            }

            /// The least number of the closed ranges.
            #[must_use]
            pub fn first(&self) -> Option<$number> {
                self.0.closed.first().and_then(|range| $number::new(range.0))
            }

            /// The greatest number of the closed ranges.
            #[must_use]
            pub fn last(&self) -> Option<$number> {
                self.0.closed.last().and_then(|range| $number::new(range.1))
            }

            /// The closed ranges in ascending order, both ends included.
            pub fn ranges(&self) -> impl ExactSizeIterator<Item = ($number, $number)> + '_ {
                self.0.closed.iter().map(|&(low, high)| {
                    ($number::new(low).unwrap_or($number::MIN), $number::new(high).unwrap_or($number::MIN))
                })
            }

            /// The numbers of the closed ranges, in ascending order.
            ///
            /// A range from a server can claim 4,000,000,000 members: bound the iteration (`take`) or walk
            /// [`ranges`](Self::ranges) where the set is not your own.
            pub fn iter(&self) -> impl Iterator<Item = $number> + '_ {
                self.0.closed.iter().flat_map(|&(low, high)| (low..=high).filter_map($number::new))
            }

            /// The `count` greatest numbers of the closed ranges.
            #[must_use]
            pub fn greatest(&self, count: u64) -> Self {
                let (mut ranges, mut left) = (Vec::new(), count);
                for &(low, high) in self.0.closed.iter().rev() {
                    if left == 0 {
                        break;
                    }
                    let size = u64::from(high - low) + 1;
                    let taken = u32::try_from(left.min(size) - 1).unwrap_or(u32::MAX);
                    left = left.saturating_sub(size);
                    ranges.push((high - taken, high));
                }
                Self::from_unsorted(ranges)
            }

            /// Splits the set into sets whose text is at most `bytes` bytes long each (but at least one range).
            #[must_use]
            pub fn split(&self, bytes: usize) -> Vec<Self> {
                let mut parts = vec![Self::new()];
                let mut length = 0;
                let mut push = |one: Ranges| {
                    let size = one.to_string().len() + 1;
                    if length > 0 && length + size > bytes {
                        parts.push(Self::new());
                        length = 0;
                    }
                    length += size;
                    if let Some(part) = parts.last_mut() {
                        part.0.closed.extend(one.closed);
                        part.0.open = one.open;
                    }
                };
                for &range in &self.0.closed {
                    push(Ranges { closed: vec![range], open: None });
                }
                if self.0.open.is_some() {
                    push(Ranges { closed: Vec::new(), open: self.0.open });
                }
                parts
            }
        }

        impl From<$number> for $name {
            fn from(number: $number) -> Self {
                Self::range(number, number)
            }
        }

        impl FromIterator<$number> for $name {
            fn from_iter<I: IntoIterator<Item = $number>>(numbers: I) -> Self {
                Self::from_unsorted(numbers.into_iter().map(|number| (number.get(), number.get())).collect())
            }
        }

        impl Extend<$number> for $name {
            fn extend<I: IntoIterator<Item = $number>>(&mut self, numbers: I) {
                let mut ranges = std::mem::take(&mut self.0.closed);
                ranges.extend(numbers.into_iter().map(|number| (number.get(), number.get())));
                self.0.closed = Ranges::from_unsorted(ranges).closed;
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            /// Reads the text of RFC 9051's `sequence-set` (without `$`): `1:3,7,9:*`.
            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                Ranges::parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

number_set! {
    /// A set of unique identifiers (RFC 9051, section 9, `sequence-set` in UID commands).
    UidSet of Uid
}

number_set! {
    /// A set of message sequence numbers (RFC 9051, section 9, `sequence-set`).
    SeqSet of SeqNum
}

/// Ranges of unique identifiers in the order in which the server sent them (RFC 4315, section 3).
///
/// COPYUID pairs its two sets by position, so their order must be kept.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct UidRanges(Vec<(u32, u32)>);

impl UidRanges {
    /// The ranges as a list of (low, high), both included.
    #[must_use]
    pub fn new(ranges: Vec<(Uid, Uid)>) -> Self {
        let ordered = |(a, b): (Uid, Uid)| (a.min(b).get(), a.max(b).get());
        Self(ranges.into_iter().map(ordered).collect())
    }

    /// Adds the ranges of another list behind these.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many identifiers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(low, high)| u64::from(high - low) + 1).sum()
    }

    /// Whether there is no identifier.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The identifiers in order, ascending within each range. The count comes from the server: bound the iteration.
    pub fn iter(&self) -> impl Iterator<Item = Uid> + '_ {
        self.0.iter().flat_map(|&(low, high)| (low..=high).filter_map(Uid::new))
    }

    /// Both ends of each range, in order.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().copied()
    }

    /// The same identifiers as a sorted set.
    #[must_use]
    pub fn to_set(&self) -> UidSet {
        UidSet::from_unsorted(self.0.clone())
    }
}

impl fmt::Display for UidRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Ranges { closed: self.0.clone(), open: None }, f)
    }
}

impl fmt::Debug for UidRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UidRanges({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_sorted_and_merged() {
        for (text, canonical) in [
            ("1", Some("1")),
            ("4:2", Some("2:4")),
            ("4:2,*", Some("2:4,*")),
            ("1:*,5", Some("5,1:*")),
            ("1,2,3,5", Some("1:3,5")),
            ("9,1,5:7,6:9", Some("1,5:9")),
            ("4294967295,1", Some("1,4294967295")),
            ("4294967294,4294967295", Some("4294967294:4294967295")),
            ("*:4", Some("4:*")),
            ("0", None),
            ("", None),
            ("1,", None),
            ("+1", None),
            ("1:2:3", None),
            ("$,1", None),
            ("4294967296", None),
            ("-1:-50", None),
        ] {
            let set = text.parse::<UidSet>().ok().map(|set| set.to_string());
            assert_eq!(set.as_deref(), canonical, "{text}");
        }
    }

    #[test]
    fn insertion_in_any_order_gives_the_same_set() {
        let numbers = [5, 1, 9, 3, 2, 8, 7, 20, 4];
        let shuffled: SeqSet = numbers.into_iter().filter_map(SeqNum::new).collect();
        assert_eq!(shuffled.to_string(), "1:5,7:9,20");
        assert_eq!(shuffled.len(), 9);
        assert_eq!(shuffled.iter().map(SeqNum::get).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7, 8, 9, 20]);
    }

    #[test]
    fn one_message_is_no_open_set() {
        let uid = Uid::new(7).unwrap();
        assert_eq!(std::iter::once(uid).collect::<UidSet>().to_string(), "7");
        assert_eq!(
            (UidSet::range(uid, uid).to_string(), UidSet::starting_at(uid).to_string()),
            ("7".into(), "7:*".into())
        );
        let message = crate::command::MessageSet::from(uid);
        assert_eq!(message, crate::command::MessageSet::Uids(UidSet::range(uid, uid)));
    }

    #[test]
    fn what_both_hold_and_the_greatest_are_found_without_expanding() {
        let set = |text: &str| text.parse::<UidSet>().unwrap();
        for (one, other, both) in [
            ("1:4294967295", "5", "5"),
            ("1:3,7:9,20", "2:8,19:21", "2:3,7:8,20"),
            ("1:5", "6:9", ""),
            ("3:*", "1:4,9", "3:4,9"),
            ("1:9", "4:*", "4:9"),
            ("*", "1:9", ""),
        ] {
            assert_eq!(set(one).intersection(&set(other)).to_string(), both, "{one} {other}");
            assert_eq!(set(other).intersection(&set(one)).to_string(), both, "{other} {one}");
        }
        for (one, other, left, all) in [
            ("1:10", "3,5:6", "1:2,4,7:10", "1:10"),
            ("1:3,7:9", "2:8", "1,9", "1:9"),
            ("1:3", "4:9", "1:3", "1:9"),
            ("5:9", "1:20", "", "1:20"),
            ("1:4294967295", "4294967295", "1:4294967294", "1:4294967295"),
            ("3,8", "5:*", "3", "3,8,5:*"),
        ] {
            assert_eq!(set(one).difference(&set(other)).to_string(), left, "{one} without {other}");
            assert_eq!(set(one).union(&set(other)).to_string(), all, "{one} and {other}");
        }
        assert_eq!(set("1:4294967295").greatest(2).to_string(), "4294967294:4294967295");
        assert_eq!(set("1:5,9").greatest(3).to_string(), "4:5,9");
        assert_eq!(set("1:5,9").greatest(100).to_string(), "1:5,9");
        assert!(set("1:5").greatest(0).is_empty());
    }

    #[test]
    fn a_long_set_is_split_at_ranges() {
        let set: UidSet = (1..100).map(|n| n * 2).filter_map(Uid::new).collect();
        let parts = set.split(40);
        assert!(parts.iter().all(|part| part.to_string().len() <= 40));
        let joined: Vec<_> = parts.iter().map(UidSet::to_string).collect();
        assert_eq!(joined.join(",").parse::<UidSet>().unwrap(), set);
    }
}
