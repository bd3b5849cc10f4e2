//! What a server may report in a response code, and need not: where messages are after APPEND, COPY and MOVE.

use bytes::Bytes;

use super::{AppendUid, CopyUid, ResponseCode};

/// What the server reported in a response code that it may leave out, such as COPYUID and APPENDUID (RFC 4315, section 3).
///
/// ```
/// use imaplib_proto::types::Reported;
/// let reported = Reported::Value(7);
/// assert_eq!((reported.value(), reported.is_unreadable()), (Some(&7), false));
/// let unreadable: Reported<u32> = Reported::Unreadable("5 x".into());
/// assert_eq!((unreadable.value(), unreadable.is_unreadable()), (None, true));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reported<T> {
    /// The server reported nothing.
    #[default]
    Nothing,
    /// The server reported this.
    Value(T),
    /// The server reported something that cannot be read: the argument of the response code, as it came.
    Unreadable(Bytes),
}

impl<T> Reported<T> {
    /// What was reported, if it can be read.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::Unreadable(_) => None,
        }
    }

    /// What was reported, if it can be read.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::Unreadable(_) => None,
        }
    }

    /// Whether something was reported that cannot be read.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }

    /// Whether nothing was reported, neither readable nor unreadable.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// What one of two reports contains, the first of them if both do.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.is_nothing() { other } else { self }
    }
}

impl Reported<AppendUid> {
    /// What APPENDUID reports.
    pub(crate) fn append_uid(code: Option<&ResponseCode>) -> Self {
        match code {
            Some(ResponseCode::AppendUid(uid)) => Self::Value(uid.clone()),
            other => Self::unreadable("APPENDUID", other),
        }
    }
}

impl Reported<CopyUid> {
    /// What COPYUID reports.
    pub(crate) fn copy_uid(code: Option<&ResponseCode>) -> Self {
        match code {
            Some(ResponseCode::CopyUid(copied)) => Self::Value(copied.clone()),
            other => Self::unreadable("COPYUID", other),
        }
    }
}

impl<T> Reported<T> {
    fn unreadable(name: &str, code: Option<&ResponseCode>) -> Self {
        match code {
            Some(ResponseCode::Other(other)) if other.name.eq_ignore_ascii_case(name) => {
                Self::Unreadable(other.argument.clone())
            }
            _ => Self::Nothing,
        }
    }
}
