//! Commands that a server may carry out for a part of their messages: MESSAGELIMIT (RFC 9738).

use super::{Command, Incomplete};
use crate::types::{ResponseCode, Uid, UidSet};

/// A command about messages, of which a server with MESSAGELIMIT processes the newest and reports where it stopped.
pub(crate) trait Limited: Command + Sized {
    /// The same, with nothing of an answer.
    fn afresh(&self) -> Self;

    /// The same about those of its messages that are among these, if there are any.
    ///
    /// # Errors
    /// If they are not named by UID.
    fn among(&self, uids: &UidSet) -> Result<Option<Self>, Incomplete>;

    /// The same about the messages that were left, if the code of the completion reports that some were.
    ///
    /// # Errors
    /// If they are not named by UID, so that nobody knows which were left.
    fn remaining(&self, code: Option<&ResponseCode>) -> Result<Option<Self>, Incomplete> {
        match stopped_at(code).and_then(below) {
            Some(below) => self.among(&below),
            None => Ok(None),
        }
    }
}

pub(crate) const NOT_BY_UID: Incomplete =
    Incomplete("the server carried the command out for a part of the messages only (MESSAGELIMIT): name them by UID");

/// The lowest UID that was processed, if there were more messages than the server processes at once.
pub(crate) fn stopped_at(code: Option<&ResponseCode>) -> Option<Uid> {
    match code {
        Some(ResponseCode::MessageLimit { uid, .. }) => *uid,
        _ => None,
    }
}

/// The UIDs that are less; nothing if there are none.
pub(crate) fn below(uid: Uid) -> Option<UidSet> {
    Some(UidSet::range(Uid::MIN, Uid::new(uid.get() - 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{FlagChange, Store, sent};
    use crate::types::{Flag, SeqSet};

    #[test]
    fn what_was_left_is_what_is_below() {
        let code = |uid| ResponseCode::MessageLimit { limit: 1000, uid: Uid::new(uid) };
        let store = |set: &str| Store::new(set.parse::<UidSet>().unwrap(), FlagChange::add(Flag::Seen));
        let left = |set: &str, uid| {
            let left = store(set).remaining(Some(&code(uid))).unwrap();
            left.map(|left| sent(&left).unwrap())
        };
        assert_eq!(left("1:*", 500).unwrap(), "UID STORE 1:499 +FLAGS (\\Seen)");
        assert_eq!(left("7,400:600", 500).unwrap(), "UID STORE 7,400:499 +FLAGS (\\Seen)");
        assert_eq!(left("500:600", 500), None);
        assert_eq!(left("1:600", 1), None);
        assert_eq!(left("1:600", 0), None, "no UID is reported where nothing is left");
        assert!(store("1:5").remaining(None).unwrap().is_none());
        let by_number = Store::new("1:5".parse::<SeqSet>().unwrap(), FlagChange::add(Flag::Seen));
        assert!(by_number.remaining(Some(&code(5))).is_err() && by_number.remaining(None).is_ok());
    }
}
