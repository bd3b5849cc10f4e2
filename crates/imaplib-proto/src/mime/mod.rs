//! What a client needs of MIME: texts, names, dates and attachments of messages, decoded.
//!
//! An ENVELOPE or a BODYSTRUCTURE holds what the sender wrote: encoded words, names in pieces, charsets of any kind. The
//! usual needs are methods of the values ([`ImapString::decoded`](crate::types::ImapString::decoded),
//! [`SinglePart::file_name`](crate::types::SinglePart::file_name), [`Envelope::sent_at`](crate::types::Envelope::sent_at));
//! the modules here are what they are made of.
//!
//! Mail that real programs write is read as it is meant, in bounded memory, and no text is lost for its label. Libraries
//! decode charsets and make text of HTML; finding the parts and reading the fields is written here, because it works on
//! parts of messages that stream by.

pub mod address;
pub mod attachment;
pub mod charset;
pub mod date;
pub mod header;
mod html;
pub mod parameters;
pub mod structure;
pub mod text;
pub mod transfer_encoding;
mod values;
pub mod words;
