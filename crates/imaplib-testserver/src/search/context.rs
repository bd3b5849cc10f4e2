//! Results that are kept up to date (RFC 5267, section 4.3).

use std::sync::Arc;

use bytes::Bytes;
use imaplib_proto::command::SortBy;
use imaplib_proto::types::Uid;

use super::key::Key;
use crate::response::Response;

/// No session has more results that are kept up to date.
pub(crate) const MOST: usize = 8;

/// A result that is kept up to date.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// The tag of the search.
    pub(crate) tag: Bytes,
    pub(crate) key: Arc<Key>,
    /// By what it is sorted, if it is.
    pub(crate) order: Option<Arc<[SortBy]>>,
    /// What the client knows, in its order.
    pub(crate) found: Vec<Uid>,
}

impl Context {
    /// Sends how the result has changed, if it has.
    pub(crate) fn update(&mut self, now: Vec<Uid>) -> Option<Response> {
        if now == self.found {
            return None;
        }
        let mut changes = String::new();
        let gone: Vec<Uid> = self.found.iter().filter(|uid| !now.contains(uid)).copied().collect();
        for uid in gone {
            let place = self.found.iter().position(|known| *known == uid);
            self.found.retain(|known| *known != uid);
            changes.push_str(&format!(" REMOVEFROM ({} {uid})", self.place(place)));
        }
        for (at, uid) in now.iter().enumerate() {
            if self.found.get(at) != Some(uid) {
                self.found.insert(at, *uid);
                changes.push_str(&format!(" ADDTO ({} {uid})", self.place(Some(at))));
            }
        }
        self.found = now;
        let mut response = Response::untagged();
        response.text("ESEARCH (TAG ").string(&self.tag).text(") UID").text(&changes);
        Some(response)
    }

    /// The place as it is sent: 0 where the order is that of the mailbox.
    fn place(&self, place: Option<usize>) -> usize {
        place.filter(|_| self.order.is_some()).map_or(0, |place| place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_sent_once_and_with_its_place() {
        let uids = |numbers: &[u32]| numbers.iter().filter_map(|number| Uid::new(*number)).collect::<Vec<_>>();
        let context = |order: bool, now: &[u32]| {
            let order = order.then(|| Arc::from([].as_slice()));
            let mut context =
                Context { tag: Bytes::from_static(b"a"), key: Arc::new(Key::All), order, found: uids(&[5, 3, 9]) };
            let response = context.update(uids(now))?;
            assert!(context.update(uids(now)).is_none());
            Some(
                String::from_utf8(
                    response.finish().iter().flat_map(|content| content.prefix(usize::MAX).to_vec()).collect(),
                )
                .unwrap(),
            )
        };
        assert_eq!(context(true, &[5, 3, 9]), None);
        let expected = "* ESEARCH (TAG \"a\") UID REMOVEFROM (2 3) ADDTO (1 7) ADDTO (4 8)\r\n";
        assert_eq!(context(true, &[7, 5, 9, 8]).unwrap(), expected);
        let expected = "* ESEARCH (TAG \"a\") UID REMOVEFROM (0 5) REMOVEFROM (0 9)\r\n";
        assert_eq!(context(false, &[3]).unwrap(), expected);
    }
}
