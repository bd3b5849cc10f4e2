//! Any bytes are read to a value, and what is not understood is kept.
#![no_main]

use bytes::Bytes;
use imaplib_proto::parse::{Context, read, read_head, read_tail};
use imaplib_proto::types::{Fetch, NameEncoding, Response, Untagged};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let frame = Bytes::copy_from_slice(bytes);
    for names in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
        let context = Context::default().names(names).max_depth(16);
        let parsed = read(&frame, &context);
        if let Response::Untagged(Untagged::Unknown { raw, .. }) = &parsed.response {
            assert_eq!(raw, &frame);
        }
        for note in &parsed.diagnostics {
            assert!(note.position <= frame.len());
        }
        assert!(parsed.diagnostics.len() <= 1_001);
        let _ = format!("{parsed:?}");
        // A second space leads past the short ways: the long one comes to the same.
        if let (Response::Untagged(Untagged::Fetch(row)), Some(rest)) = (&parsed.response, bytes.strip_prefix(b"* ")) {
            let spaced = Bytes::from([b"*  ", rest].concat());
            match read(&spaced, &context).response {
                Response::Untagged(Untagged::Fetch(same)) => assert_eq!(&same, row),
                other => panic!("{other:?}"),
            }
        }
        let _ = read_head(&frame, &context);
        let _ = read_tail(&frame, &mut Fetch::default(), &context);
    }
});
