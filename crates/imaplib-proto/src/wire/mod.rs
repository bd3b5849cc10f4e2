//! The wire: bytes to whole responses, and commands to bytes.
//!
//! [`Framer`] finds where responses end, and lets large literals through in pieces. [`Encoder`] writes commands; no
//! argument can end one or begin another. [`LineReader`] and [`Literals`] read by line, for callers that keep responses
//! as they were sent.
//!
//! ```
//! use imaplib_proto::wire::{Encoder, Encoding, Fragment, Framer, Piece};
//!
//! let mut framer = Framer::default();
//! framer.receive(b"* 1 FETCH (BODY[TEXT] {5}\r\nhel"); // not whole yet
//! assert_eq!(framer.next()?, None);
//! framer.receive(b"lo)\r\n* 2 EXISTS\r\n");
//! let first = framer.next()?;
//! assert!(matches!(first, Some(Piece::Response(bytes)) if bytes.ends_with(b"{5}\r\nhello)\r\n")));
//!
//! let mut encoder = Encoder::new(Encoding::default());
//! encoder.raw("LOGIN ").astring("ann").space().secret("a \"b\"");
//! assert_eq!(encoder.finish()?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod encoder;
mod framer;
mod line_reader;
mod literal;
mod literals;
mod piece;
mod receive_buffer;
mod response_slice;
pub(crate) mod wipe;

pub use encoder::{Encoder, Encoding, Fragment, Fragments};
pub(crate) use framer::Found;
pub use framer::Framer;
pub use line_reader::{Line, LineEnd, LineReader};
pub use literal::announced_literal;
pub(crate) use literal::{NEAR, announcement};
pub use literals::Literals;
pub use piece::{FrameError, FrameLimits, Piece};
pub(crate) use response_slice::{ResponseKind, ResponseSlice};
