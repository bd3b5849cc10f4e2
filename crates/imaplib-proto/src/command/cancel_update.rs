//! CANCELUPDATE: results of searches that the server need not keep up to date any more (RFC 5267, section 4.4).

use super::{Command, Incomplete};
use crate::types::{ImapString, StatusResponse};
use crate::wire::Encoder;

/// CANCELUPDATE: ends the [updates](super::SearchReturn::Update) of searches: only for servers with CONTEXT=SEARCH or
/// CONTEXT=SORT (RFC 5267).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelUpdate {
    tags: Vec<ImapString>,
}

impl CancelUpdate {
    /// Of the searches that were sent with these tags; an [`ExtendedSearch`](crate::types::ExtendedSearch) has its own.
    #[must_use]
    pub fn new(tags: impl IntoIterator<Item = ImapString>) -> Self {
        Self { tags: tags.into_iter().collect() }
    }
}

impl Command for CancelUpdate {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        if self.tags.is_empty() {
            encoder.refuse("list of searches to cancel (it is empty)", "");
        }
        encoder.raw("CANCELUPDATE");
        for tag in &self.tags {
            encoder.space().string(tag);
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;

    #[test]
    fn the_tags_are_quoted() {
        assert_eq!(sent(&CancelUpdate::new(["A1".into(), "A2".into()])).unwrap(), r#"CANCELUPDATE "A1" "A2""#);
        assert!(sent(&CancelUpdate::new([])).is_err());
    }
}
