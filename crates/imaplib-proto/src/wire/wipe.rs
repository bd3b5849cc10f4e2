//! Buffers that hold secrets, and leave no copy of them behind.

use zeroize::Zeroize;

/// Makes room for so many more bytes. Where the buffer must move, what it was is overwritten, for it may hold a secret.
pub(crate) fn reserve(buffer: &mut Vec<u8>, more: usize) {
    let needed = buffer.len().saturating_add(more);
    if needed > buffer.capacity() {
        let mut grown = Vec::with_capacity(needed.max(buffer.capacity().saturating_mul(2)));
        grown.extend_from_slice(buffer);
        buffer.zeroize();
        *buffer = grown;
    }
}

/// Appends bytes.
pub(crate) fn append(buffer: &mut Vec<u8>, bytes: &[u8]) {
    reserve(buffer, bytes.len());
    buffer.extend_from_slice(bytes);
}
