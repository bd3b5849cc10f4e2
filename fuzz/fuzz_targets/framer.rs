//! How octets arrive makes no difference to the responses that come out.
#![no_main]

use imaplib_proto::wire::{FrameError, FrameLimits, Framer, Piece};
use libfuzzer_sys::fuzz_target;

/// The responses, with streamed literals joined.
fn pieces(octets: &[u8], step: usize) -> (Vec<(char, Vec<u8>)>, Option<FrameError>) {
    let mut framer = Framer::new(FrameLimits::default().response(4096).line(2048).numbers(3072).stream_threshold(16));
    let mut found: Vec<(char, Vec<u8>)> = Vec::new();
    for part in octets.chunks(step) {
        framer.receive(part);
        loop {
            match framer.next() {
                Ok(None) => break,
                // It is held.
                Ok(Some(Piece::Head(octets, _))) if octets.len() % 2 != 0 => {}
                Ok(Some(Piece::Response(octets))) => found.push(('r', octets.to_vec())),
                Ok(Some(Piece::Head(octets, _))) => {
                    framer.stream();
                    found.push(('h', octets.to_vec()));
                }
                Ok(Some(Piece::Chunk(octets))) => match found.last_mut() {
                    Some(('c', before)) => before.extend_from_slice(&octets),
                    _ => found.push(('c', octets.to_vec())),
                },
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fuzz_target!(|octets: &[u8]| {
    let (whole, error) = pieces(octets, octets.len().max(1));
    for step in [1, 2, 7] {
        let (parts, same_error) = pieces(octets, step);
        // A limit may be found earlier when more is seen at once, never later.
        if error.is_none() && same_error.is_none() {
            assert_eq!(parts, whole);
        }
    }
    let joined: usize = whole.iter().map(|(_, octets)| octets.len()).sum();
    assert!(joined <= octets.len());
});
