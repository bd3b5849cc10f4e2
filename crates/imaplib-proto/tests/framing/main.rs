//! Bytes of a message never come out as responses, however badly the row around them is quoted: at every split of the
//! bytes, whether the text is streamed or held.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod bad_quotes;
mod line_ends;
mod lost;
mod rows_in_doubt;
mod support;
