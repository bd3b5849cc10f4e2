//! UIDBATCHES: the UIDs of a mailbox in ranges of equal size (RFC 10022).

use super::{Command, Conduct, Incomplete, Tag};
use crate::parse::rare;
use crate::types::{StatusResponse, Uid, Untagged};
use crate::wire::Encoder;

/// UIDBATCHES: ranges of UIDs that hold so many messages each, the newest first: only for servers with UIDBATCHES (RFC
/// 10022).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidBatches {
    size: u32,
    batches: Option<(u32, u32)>,
    found: Option<Vec<(u32, u32)>>,
}

impl UidBatches {
    /// Batches of `size` messages; the last one may have fewer. Servers may refuse sizes below 500.
    #[must_use]
    pub fn new(size: u32) -> Self {
        Self { size, batches: None, found: None }
    }

    /// Only these batches, counted from 1, both included.
    #[must_use]
    pub fn only(mut self, first: u32, last: u32) -> Self {
        self.batches = Some((first, last));
        self
    }
}

impl Command for UidBatches {
    /// The lowest and the highest UID of each batch, the newest batch first.
    type Output = Vec<(Uid, Uid)>;

    fn encode(&self, encoder: &mut Encoder) {
        if self.size == 0 {
            encoder.refuse("size of batches", "0");
        }
        encoder.raw("UIDBATCHES ").display(self.size);
        match self.batches {
            None => {}
            Some((first, last)) if first == 0 || last < first => {
                encoder.refuse("range of batches", format!("{first}:{last}"));
            }
            Some((first, last)) => drop(encoder.space().display(format_args!("{first}:{last}"))),
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("UIDBATCHES")
    }

    fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged> {
        match rare::uid_batches(&response) {
            Some(batches) if !tag.is_answered_elsewhere(batches.tag.as_ref()) => {
                self.found = Some(batches.ranges);
                None
            }
            _ => Some(response),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<(Uid, Uid)>, Incomplete> {
        let found = self
            .found
            .ok_or(Incomplete("the server said OK to UIDBATCHES but sent no readable UIDBATCHES response"))?;
        Ok(found.into_iter().filter_map(|(low, high)| Some((Uid::new(low)?, Uid::new(high)?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;

    #[test]
    fn batches_are_counted_from_one() {
        assert_eq!(sent(&UidBatches::new(2000)).unwrap(), "UIDBATCHES 2000");
        assert_eq!(sent(&UidBatches::new(2000).only(1, 3)).unwrap(), "UIDBATCHES 2000 1:3");
        assert!(sent(&UidBatches::new(0)).is_err() && sent(&UidBatches::new(5).only(0, 3)).is_err());
    }
}
