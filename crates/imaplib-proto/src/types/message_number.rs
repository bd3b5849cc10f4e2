//! Message numbers: unique identifiers and message sequence numbers, kept apart by type.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use super::InvalidValue;

macro_rules! message_number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The number one, the least there is.
            pub const MIN: Self = Self(NonZeroU32::MIN);
            /// The greatest number that the protocol can express.
            pub const MAX: Self = Self(NonZeroU32::MAX);

            /// The value, unless it is zero, which no message has.
            #[must_use]
            pub const fn new(number: u32) -> Option<Self> {
                match NonZeroU32::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0.get()
            }
        }

        impl From<NonZeroU32> for $name {
            fn from(number: NonZeroU32) -> Self {
                Self(number)
            }
        }

        impl TryFrom<u64> for $name {
            type Error = InvalidValue;

            /// The number, if a message can have it: what servers say of UIDs to come can be greater.
            fn try_from(number: u64) -> Result<Self, InvalidValue> {
                let value = u32::try_from(number).ok().and_then(Self::new);
                value.ok_or_else(|| InvalidValue::new("number of a message", number.to_string()))
            }
        }

        impl TryFrom<u32> for $name {
            type Error = InvalidValue;

            /// The number, unless it is zero, which no message has.
            fn try_from(number: u32) -> Result<Self, InvalidValue> {
                Self::new(number).ok_or_else(|| InvalidValue::new("number of a message", "0"))
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            /// Reads a number from 1 to 4294967295, of digits alone.
            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
                let number = digits.and_then(|text| text.parse().ok()).and_then(Self::new);
                number.ok_or_else(|| InvalidValue::new("number of a message", text))
            }
        }

        impl From<$name> for u32 {
            fn from(number: $name) -> u32 {
                number.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

message_number! {
    /// The unique identifier of a message in its mailbox (RFC 9051, section 2.3.1.1).
    ///
    /// It stays with the message as long as the mailbox's UIDVALIDITY is the same.
    Uid
}

message_number! {
    /// The position of a message in its mailbox, counted from one (RFC 9051, section 2.3.1.2).
    ///
    /// It changes whenever a message before it is expunged: prefer [`Uid`].
    SeqNum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_digits_alone() {
        for (text, expected) in [("1", Some(1)), ("4294967295", Some(u32::MAX)), ("007", Some(7))] {
            assert_eq!(text.parse::<Uid>().ok().map(Uid::get), expected, "{text}");
        }
        for text in ["", "0", "+1", "-1", " 1", "4294967296", "1:2", "*"] {
            assert!(text.parse::<SeqNum>().is_err(), "{text}");
        }
        assert!(Uid::try_from(0u32).is_err() && Uid::try_from(7u32).is_ok_and(|uid| uid.get() == 7));
    }
}
