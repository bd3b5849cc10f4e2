//! How bytes arrive makes no difference to the responses that come out.
#![no_main]

use imaplib_proto::wire::{FrameError, FrameLimits, Framer, Piece};
use libfuzzer_sys::fuzz_target;

/// The responses, with streamed literals joined.
fn pieces(bytes: &[u8], step: usize) -> (Vec<(char, Vec<u8>)>, Option<FrameError>) {
    let mut framer = Framer::new(FrameLimits::default().response(4096).line(2048).numbers(3072).stream_threshold(16));
    let mut found: Vec<(char, Vec<u8>)> = Vec::new();
    for part in bytes.chunks(step) {
        framer.receive(part);
        loop {
            match framer.next() {
                Ok(None) => break,
                // It is held.
                Ok(Some(Piece::Head(bytes, _))) if bytes.len() % 2 != 0 => {}
                Ok(Some(Piece::Response(bytes))) => found.push(('r', bytes.to_vec())),
                Ok(Some(Piece::Head(bytes, _))) => {
                    framer.stream();
                    found.push(('h', bytes.to_vec()));
                }
                Ok(Some(Piece::Chunk(bytes))) => match found.last_mut() {
                    Some(('c', before)) => before.extend_from_slice(&bytes),
                    _ => found.push(('c', bytes.to_vec())),
                },
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fuzz_target!(|bytes: &[u8]| {
    let (whole, error) = pieces(bytes, bytes.len().max(1));
    for step in [1, 2, 7] {
        let (parts, same_error) = pieces(bytes, step);
        // A limit may be found earlier when more is seen at once, never later.
        if error.is_none() && same_error.is_none() {
            assert_eq!(parts, whole);
        }
    }
    let joined: usize = whole.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(joined <= bytes.len());
});
