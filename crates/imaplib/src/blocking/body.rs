//! A text of a message as a stream of bytes.

use std::io::Read;

use super::Body;

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(chunk) = self.chunk().map_err(std::io::Error::from)? else { return Ok(0) };
        let count = chunk.len().min(buffer.len());
        if let (Some(target), Some(bytes)) = (buffer.get_mut(..count), chunk.get(..count)) {
            target.copy_from_slice(bytes);
        }
        self.here = Some(chunk.slice(count..));
        Ok(count)
    }
}
