//! Names go out as they came in, and text survives the encoding.
#![no_main]

use bytes::Bytes;
use imaplib_proto::types::{MailboxName, NameEncoding, utf7};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let name = MailboxName::from_wire(Bytes::copy_from_slice(bytes), NameEncoding::ModifiedUtf7);
    if !name.is_inbox() {
        assert_eq!(name.to_wire(NameEncoding::ModifiedUtf7).as_ref(), bytes);
    }
    let _ = name.to_string();
    if let Some(text) = utf7::decode(bytes) {
        assert_eq!(utf7::encode(&text).as_bytes(), bytes, "there is one encoding of a text");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(utf7::decode(utf7::encode(text).as_bytes()).as_deref(), Some(text));
    }
});
