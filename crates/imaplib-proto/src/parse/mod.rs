//! How each kind of response is read: one whole response in, one typed value out.
//!
//! A response that is not understood is never an error: it comes out as [`Untagged::Unknown`](crate::types::Untagged::Unknown) with its octets, a
//! malformed item of a FETCH row costs that item alone, and whatever was repaired or left out is said in a [`Diagnostic`].
//!
//! ```
//! use imaplib_proto::parse::{Context, read};
//! use imaplib_proto::types::{Response, Untagged};
//!
//! let line = bytes::Bytes::from_static(b"* 7 FETCH (UID 12 INTERNALDATE \"yesterday\" FLAGS (\\Seen))\r\n");
//! let parsed = read(&line, &Context::default());
//! let Response::Untagged(Untagged::Fetch(row)) = parsed.response else { panic!("no row") };
//! assert_eq!(row.uid.map(|uid| uid.get()), Some(12));
//! assert!(row.flags.is_some() && row.internal_date.is_none());
//! assert_eq!(parsed.diagnostics[0].item, "INTERNALDATE"); // and what was wrong with it
//! ```

mod acl;
mod body;
mod capability;
mod code;
mod cursor;
mod digits;
mod envelope;
mod extension;
mod fetch;
mod flags;
mod id;
mod labels;
mod list;
mod mailbox_name;
mod metadata;
mod namespace;
mod part_shape;
mod quota;
mod read;
mod search;
mod section;
mod seen;
mod set;
mod skip;
mod status_item;
mod status_response;
mod string;
mod thread;
mod usual_part;

use crate::types::{Diagnostic, NameEncoding, Response};

pub use read::{Tail, read, read_head, read_tail};
pub(crate) use read::{read_frame, read_plain_row, read_rest, read_row};

/// A response, and what was repaired or not understood in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The response.
    pub response: Response,
    /// What was repaired or not understood; empty for a response that obeys the grammar and holds nothing unknown that
    /// the values have no place for.
    pub diagnostics: Vec<Diagnostic>,
    /// About how many octets the values take, beside the octets of the response.
    pub(crate) weight: usize,
    /// Whether what follows on the connection may be a part of the response.
    pub(crate) in_doubt: bool,
}

/// What must be known of the connection to read a response.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// How mailbox names are encoded.
    pub names: NameEncoding,
    /// How deep lists may be nested; what lies deeper is kept raw.
    pub max_depth: usize,
}

impl Default for Context {
    fn default() -> Self {
        Self { names: NameEncoding::default(), max_depth: 64 }
    }
}
