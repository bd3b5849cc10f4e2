//! What changes the bytes of a stream on their way, without I/O of its own: DEFLATE and TLS.

use std::io;

/// About how many bytes may wait to be sent before more are accepted.
pub(crate) const BLOCK: usize = 16 << 10;

/// Bytes that were received are put in and plain ones taken out, and the other way for those that are sent.
pub(crate) trait Layer: Send {
    /// Puts plain bytes into the buffer and returns how many, 0 at the end; `None` if more must be received first.
    ///
    /// # Errors
    /// If what was received is malformed, or beyond a limit.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>>;

    /// Where bytes are to be received. Report how many came with [`filled`](Self::filled), also if there were none.
    fn room(&mut self) -> &mut [u8];

    /// Reports how many bytes were received into the room.
    fn filled(&mut self, count: usize);

    /// Reports that nothing more will be received.
    fn end(&mut self);

    /// Accepts plain bytes to be sent, and returns how many.
    ///
    /// # Errors
    /// If the layer fails.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Makes all that was accepted ready to be sent.
    ///
    /// # Errors
    /// If the layer fails.
    fn flush(&mut self) -> io::Result<()>;

    /// Accepts nothing more, and makes ready what the other side must know of that.
    ///
    /// # Errors
    /// If the layer fails.
    #[cfg_attr(not(any(feature = "futures-io", feature = "tokio")), allow(dead_code))]
    fn close(&mut self) -> io::Result<()>;

    /// What is ready to be sent.
    fn pending(&mut self) -> &[u8];

    /// Reports how many of the bytes were sent.
    fn sent(&mut self, count: usize);
}

/// A stream with a layer on it.
pub(crate) struct Layered<S, L> {
    pub(crate) stream: S,
    pub(crate) layer: L,
}
