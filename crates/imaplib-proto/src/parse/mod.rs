//! How each kind of response is read: one whole response in, one typed value out.
//!
//! A response that is not understood is never an error: it comes out as [`Untagged::Unknown`](crate::types::Untagged::Unknown) with its bytes, a
//! malformed item of a FETCH row costs that item alone, and whatever was repaired or left out is said in a [`Diagnostic`](crate::types::Diagnostic).
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

mod body;
mod body_fast;
mod code;
mod cursor;
mod diagnostics;
mod envelope;
mod extension;
mod fetch;
mod flags;
mod framing_doubt;
mod keyword;
mod mailbox_data;
mod mailbox_name;
mod number;
mod object_ids;
mod parameters;
mod part_shape;
pub(crate) mod rare;
mod read;
mod response;
mod row;
mod search;
mod section;
mod set;
mod sharing;
mod skip;
mod string;

use crate::types::NameEncoding;

pub(crate) use read::read_frame;
pub use read::{Parsed, read};
pub use row::{RowHead, RowTail, Tail, read_head, read_tail};
pub(crate) use row::{read_plain_row, read_rest, read_row};

/// What must be known of the connection to read a response.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
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

impl Context {
    /// What is read with this encoding of names.
    #[must_use]
    pub fn names(self, names: NameEncoding) -> Self {
        Self { names, ..self }
    }

    /// How deep lists may be nested.
    #[must_use]
    pub fn max_depth(self, max_depth: usize) -> Self {
        Self { max_depth, ..self }
    }
}
