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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_appended_without_a_move() {
        let mut buffer = b"secret".to_vec();
        reserve(&mut buffer, 100);
        assert!(buffer.capacity() >= 106);
        let place = buffer.as_ptr();
        append(&mut buffer, &[b'x'; 100]);
        assert_eq!((buffer.as_ptr(), buffer.len()), (place, 106));
        assert!(buffer.starts_with(b"secretx"));
    }
}
