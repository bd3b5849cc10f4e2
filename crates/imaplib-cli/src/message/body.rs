//! Texts of messages that stream: into memory, or to a file.

use std::io::Write;

use imaplib::blocking::Body;

use crate::error::Result;
use crate::error::library::failure;

/// The beginning of a text, in memory.
pub(crate) fn beginning(body: &mut Body<'_>, most: usize) -> Result<Vec<u8>> {
    let mut raw = Vec::new();
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        let room = most.saturating_sub(raw.len());
        raw.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
    }
    Ok(raw)
}

/// Copies in constant memory; returns how many bytes.
pub(crate) fn copy(body: &mut Body<'_>, to: &mut (impl Write + ?Sized)) -> Result<u64> {
    let mut size = 0;
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        to.write_all(&chunk)?;
        size += chunk.len() as u64;
    }
    Ok(size)
}
