//! What search keys of extensions look at.

use crate::types::{Date, UidSet};

/// Which changes of a flag a search looks at (RFC 7162, section 3.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlagScope {
    /// Those that only this user sees.
    Private,
    /// Those that all users see.
    Shared,
    /// Both.
    All,
}

/// An annotation and the text that its value contains (RFC 5257, section 4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotationMatch {
    /// The entry, in which `*` and `%` stand for any text: `/comment`.
    pub entry: String,
    /// The attribute: `value`, `value.priv` or `value.shared`.
    pub attribute: String,
    /// The text.
    pub text: String,
}

/// The argument of a search key that this library does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchArgument {
    /// The key has none.
    None,
    /// A text, as an atom, a quoted string or a literal.
    Text(String),
    /// A number.
    Number(u64),
    /// A day.
    Date(Date),
    /// Messages.
    Uids(UidSet),
}

macro_rules! arguments {
    ($($type:ty => |$value:ident| $argument:expr;)*) => {
        $(impl From<$type> for SearchArgument {
            fn from($value: $type) -> Self {
                $argument
            }
        })*
    };
}

arguments! {
    () => |_none| Self::None;
    &str => |text| Self::Text(text.to_owned());
    String => |text| Self::Text(text);
    u32 => |number| Self::Number(number.into());
    u64 => |number| Self::Number(number);
    Date => |day| Self::Date(day);
    UidSet => |uids| Self::Uids(uids);
}
