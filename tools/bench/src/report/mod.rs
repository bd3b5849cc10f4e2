//! What a page is made of: tables, charts and numbers for people.

mod chart;
mod format;
mod table;

pub(crate) use chart::{Chart, Line};
pub(crate) use format::{bytes, count, ratio, seconds};
pub(crate) use table::Table;
