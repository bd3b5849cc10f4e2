//! Responses that are long lists of small values, as JSON that is written value by value: held as values, they would take a
//! hundred times the memory of the response.

use imaplib_proto::types::{Quota, SearchResult, Untagged};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::values::set;
use crate::output::json::bytes;

/// A server can claim four thousand million numbers in a few bytes: beyond this they stay ranges.
const MAX_LISTED: u64 = 1 << 17;

/// The object of a response of one of these kinds.
pub(super) enum ListLine<'a> {
    Found(&'static str, &'a SearchResult),
    Quota(&'a Quota),
}

impl<'a> ListLine<'a> {
    /// That of this response, if it is of one of these kinds.
    pub(super) fn of(response: &'a Untagged) -> Option<Self> {
        Some(match response {
            Untagged::Search(result) => Self::Found("SEARCH", result),
            Untagged::Sort(result) => Self::Found("SORT", result),
            Untagged::Quota(quota) => Self::Quota(quota),
            _ => return None,
        })
    }
}

impl Serialize for ListLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        match self {
            Self::Found(kind, result) => {
                fields.serialize_entry("kind", kind)?;
                fields.serialize_entry("ids", &Numbers(&result.numbers))?;
                if let Some(mod_seq) = result.mod_seq {
                    fields.serialize_entry("modseq", &mod_seq)?;
                }
            }
            Self::Quota(quota) => {
                fields.serialize_entry("kind", "QUOTA")?;
                fields.serialize_entry("root", &bytes(quota.root.as_bytes()))?;
                fields.serialize_entry("resources", &Resources(quota))?;
            }
        }
        fields.end()
    }
}

struct Numbers<'a>(&'a [(u32, u32)]);

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let count: u64 = self.0.iter().map(|(low, high)| u64::from(high.saturating_sub(*low)) + 1).sum();
        match count <= MAX_LISTED {
            true => serializer.collect_seq(self.0.iter().flat_map(|(low, high)| *low..=*high)),
            false => serializer.serialize_str(&set(self.0.iter().copied())),
        }
    }
}

struct Resources<'a>(&'a Quota);

#[derive(Serialize)]
struct Resource {
    name: Value,
    usage: u64,
    limit: u64,
}

impl Serialize for Resources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.resources.iter().map(|resource| Resource {
            name: bytes(resource.name.as_bytes()),
            usage: resource.usage,
            limit: resource.limit,
        }))
    }
}
