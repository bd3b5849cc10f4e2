//! What sets of message numbers have together, and apart.

use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, RangeInclusive, Sub};

use super::ranges::{Open, Ranges};
use super::{SeqNum, SeqSet, Uid, UidSet};

impl Ranges {
    /// The ranges as far as they are known: `n:*` holds all from `n` on, and `*` alone nothing.
    fn reach(&self) -> Vec<(u32, u32)> {
        let mut all = Self { closed: self.closed.clone(), open: None };
        if let Some(Open::From(start)) = self.open {
            all.insert(start, u32::MAX);
        }
        all.closed
    }

    fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        other.closed.iter().for_each(|(low, high)| all.insert(*low, *high));
        all.open = match (self.open, other.open) {
            (Some(Open::From(one)), Some(Open::From(two))) => Some(Open::From(one.min(two))),
            (from @ Some(Open::From(_)), _) | (_, from @ Some(Open::From(_))) => from,
            (one, two) => one.or(two),
        };
        all
    }

    fn intersection(&self, other: &Self) -> Self {
        let mut both = Self::default();
        let (ours, theirs) = (self.reach(), other.reach());
        let mut rest = theirs.as_slice();
        for (low, high) in ours {
            // Theirs that end before ours begins cannot meet any that follow.
            let passed = rest.partition_point(|range| range.1 < low);
            rest = rest.get(passed..).unwrap_or_default();
            for range in rest.iter().take_while(|range| range.0 <= high) {
                both.insert(low.max(range.0), high.min(range.1));
            }
        }
        both
    }

    fn difference(&self, other: &Self) -> Self {
        let mut left = Self::default();
        let theirs = other.reach();
        let mut rest = theirs.as_slice();
        for (mut low, high) in self.reach() {
            let passed = rest.partition_point(|range| range.1 < low);
            rest = rest.get(passed..).unwrap_or_default();
            let mut is_used_up = false;
            for range in rest.iter().take_while(|range| range.0 <= high) {
                if low < range.0 {
                    left.insert(low, range.0 - 1);
                }
                match range.1.checked_add(1).filter(|next| *next <= high) {
                    Some(next) => low = next,
                    None => is_used_up = true,
                }
            }
            if !is_used_up {
                left.insert(low, high);
            }
        }
        match (self.open, other.open) {
            // What reaches to the greatest number of all reaches to the end of the mailbox.
            (Some(Open::From(_)), _) => {
                if let Some((start, _)) = left.closed.pop_if(|range| range.1 == u32::MAX) {
                    left.open = Some(Open::From(start));
                }
            }
            (Some(Open::Last), None) => left.open = Some(Open::Last),
            (Some(Open::Last), Some(Open::From(start))) if start > 1 => left.open = Some(Open::Last),
            _ => {}
        }
        left
    }
}

macro_rules! algebra {
    ($($name:ident of $number:ident, $text:literal;)*) => {
        $(
            impl $name {
                /// The numbers that one of the sets holds, or both.
                ///
                /// ```
                #[doc = concat!("use imaplib_proto::types::", $text, ";")]
                #[doc = concat!("let set = |text: &str| text.parse::<", $text, ">();")]
                /// assert_eq!((&set("1:3")? | &set("3:5,9")?).to_string(), "1:5,9");
                /// assert_eq!((&set("1:9")? - &set("3:5")?).to_string(), "1:2,6:9");
                /// assert_eq!((&set("1:9")? & &set("8:20")?).to_string(), "8:9");
                /// # Ok::<(), imaplib_proto::types::InvalidValue>(())
                /// ```
                #[must_use]
                pub fn union(&self, other: &Self) -> Self {
                    Self(self.0.union(&other.0))
                }

                /// The numbers that both sets hold. What `*` stands for is not known here: `n:*` holds all from `n` on.
                #[must_use]
                pub fn intersection(&self, other: &Self) -> Self {
                    Self(self.0.intersection(&other.0))
                }

                /// The numbers that this set holds and the other does not. What `*` stands for is not known here: `n:*`
                /// holds all from `n` on.
                #[must_use]
                pub fn difference(&self, other: &Self) -> Self {
                    Self(self.0.difference(&other.0))
                }

                /// Removes a number; returns whether it was there.
                pub fn remove(&mut self, number: $number) -> bool {
                    let was_there = self.contains(number);
                    if was_there {
                        *self = self.difference(&number.into());
                    }
                    was_there
                }

                /// Removes the numbers from `low` to `high`, both included, in either order.
                pub fn remove_range(&mut self, low: $number, high: $number) {
                    *self = self.difference(&Self::range(low.min(high), low.max(high)));
                }
            }

            impl BitOr for &$name {
                type Output = $name;

                fn bitor(self, other: Self) -> $name {
                    self.union(other)
                }
            }

            impl BitAnd for &$name {
                type Output = $name;

                fn bitand(self, other: Self) -> $name {
                    self.intersection(other)
                }
            }

            impl Sub for &$name {
                type Output = $name;

                fn sub(self, other: Self) -> $name {
                    self.difference(other)
                }
            }

            impl FromIterator<u32> for $name {
                /// The set of these numbers; 0, which no message has, is left out.
                fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
                    numbers.into_iter().filter_map($number::new).collect()
                }
            }

            impl FromIterator<RangeInclusive<$number>> for $name {
                fn from_iter<I: IntoIterator<Item = RangeInclusive<$number>>>(ranges: I) -> Self {
                    let ends = |range: RangeInclusive<$number>| (range.start().get(), range.end().get());
                    Self::from_unsorted(ranges.into_iter().filter(|range| !range.is_empty()).map(ends).collect())
                }
            }

            impl IntoIterator for $name {
                type Item = $number;
                type IntoIter = Numbers<$number>;

                /// The numbers of the closed ranges, in ascending order; a range from a server can claim 4,000,000,000
                /// members.
                fn into_iter(self) -> Numbers<$number> {
                    Numbers { ranges: self.0.closed.into_iter(), current: None, numbers: PhantomData }
                }
            }

            impl IntoIterator for &$name {
                type Item = $number;
                type IntoIter = Numbers<$number>;

                fn into_iter(self) -> Numbers<$number> {
                    self.clone().into_iter()
                }
            }
        )*
    };
}

algebra! {
    UidSet of Uid, "UidSet";
    SeqSet of SeqNum, "SeqSet";
}

/// The numbers of a set, in ascending order.
#[derive(Clone, Debug)]
pub struct Numbers<T> {
    ranges: std::vec::IntoIter<(u32, u32)>,
    current: Option<RangeInclusive<u32>>,
    numbers: PhantomData<T>,
}

impl<T: TryFrom<u32>> Iterator for Numbers<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        loop {
            if let Some(number) = self.current.as_mut().and_then(Iterator::next) {
                return T::try_from(number).ok();
            }
            let (low, high) = self.ranges.next()?;
            self.current = Some(low..=high);
        }
    }
}

impl<T: TryFrom<u32>> FusedIterator for Numbers<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> UidSet {
        if text.is_empty() { UidSet::new() } else { text.parse().unwrap() }
    }

    #[test]
    fn differences_are_found_without_expanding() {
        for (one, other, left) in [
            ("1:10", "3:4,9", "1:2,5:8,10"),
            ("1:10", "1:10", ""),
            ("1:10", "5:20", "1:4"),
            ("5:20", "1:10", "11:20"),
            ("1:4294967295", "2", "1,3:4294967295"),
            ("1:4294967295", "4294967295", "1:4294967294"),
            ("1:3,7:9", "2:8", "1,9"),
            ("5:*", "7", "5:6,8:*"),
            ("5:*", "7:*", "5:6"),
            ("1:9", "4:*", "1:3"),
            ("2,*", "2", "*"),
            ("2,*", "1:*", ""),
            ("", "1:5", ""),
            ("1:5", "", "1:5"),
        ] {
            assert_eq!(set(one).difference(&set(other)).to_string(), left, "{one} - {other}");
        }
    }

    #[test]
    fn sets_are_what_a_set_of_numbers_is() {
        // All sets of the numbers 1 to 5, against the standard library's.
        let members = |bits: u32| (1..=5).filter(move |number| bits & (1 << number) != 0);
        let of = |bits: u32| members(bits).collect::<UidSet>();
        let plain = |bits: u32| members(bits).collect::<std::collections::BTreeSet<u32>>();
        for (one, other) in (0..64).step_by(2).flat_map(|one| (0..64).step_by(2).map(move |other| (one, other))) {
            let numbers = |set: UidSet| set.into_iter().map(Uid::get).collect::<std::collections::BTreeSet<u32>>();
            assert_eq!(numbers(&of(one) | &of(other)), &plain(one) | &plain(other));
            assert_eq!(numbers(&of(one) & &of(other)), &plain(one) & &plain(other));
            assert_eq!(numbers(&of(one) - &of(other)), &plain(one) - &plain(other));
        }
    }

    #[test]
    fn unions_and_removals() {
        assert_eq!(set("1:3,7:*").union(&set("5:*,9")).to_string(), "1:3,9,5:*");
        assert_eq!(set("1").union(&set("*")).to_string(), "1,*");
        let mut some = set("1:5");
        assert!(some.remove(Uid::new(3).unwrap()) && !some.remove(Uid::new(3).unwrap()));
        some.remove_range(Uid::new(5).unwrap(), Uid::MIN);
        assert!(some.is_empty());
        assert_eq!([0, 3, 1, 2].into_iter().collect::<SeqSet>().to_string(), "1:3");
        let uid = |number| Uid::new(number).unwrap();
        assert_eq!([uid(1)..=uid(3), uid(9)..=uid(8)].into_iter().collect::<UidSet>().to_string(), "1:3");
        assert_eq!((&set("4294967294:4294967295")).into_iter().count(), 2);
    }
}
