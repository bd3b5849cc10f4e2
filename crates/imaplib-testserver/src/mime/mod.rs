//! Reading messages: header fields, the tree of parts, encodings, addresses.

pub(crate) mod address;
pub(crate) mod decode;
pub(crate) mod header;
pub(crate) mod part;
pub(crate) mod part_reader;
