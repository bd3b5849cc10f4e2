//! Rows whose texts or items contradict each other.

use imaplib_proto::engine::EngineError;

use crate::support::{TEXT, at_every_split};

#[test]
fn a_row_with_two_texts_of_one_name_has_none() {
    let length = TEXT.len();
    let here = "BODY[] \"aaa\"".to_owned();
    let long = format!("BODY[] {{{length}}}\r\n{TEXT}");
    let header = "BODY[HEADER] \"h\"".to_owned();
    let read = |items: &[&String], threshold| {
        let items: Vec<&str> = items.iter().map(|item| item.as_str()).collect();
        let answer = format!("* 1 FETCH (UID 3 {})\r\nA2 OK done\r\n", items.join(" "));
        let found = at_every_split(answer.as_bytes(), threshold);
        assert_eq!((found.completion.as_deref(), found.rows.len()), (Some("done"), 1), "{found:?}");
        let row = found.rows[0].0.clone();
        (row.has_doubtful_text(), row.sections.iter().any(|text| text.data.as_bytes().is_some()))
    };
    let old = format!("RFC822 {{{length}}}\r\n{TEXT}");
    let bare = format!("{{{length}}}\r\n{TEXT}");
    for threshold in [64 << 10, 2] {
        for items in [[&here, &long], [&long, &here], [&here, &old], [&old, &here]] {
            let (doubtful, text) = read(&items, threshold);
            assert!(doubtful && !text, "{items:?} at {threshold}");
        }
        for items in [[&here, &bare], [&long, &bare]] {
            assert!(read(&items, threshold).0, "{items:?} at {threshold}");
        }
        assert!(!read(&[&header, &long], threshold).0, "they are two texts");
        assert!(!read(&[&here, &here], threshold).0, "they say the same");
    }
    assert!(!read(&[&long, &long], 64 << 10).0, "they say the same");
    assert!(read(&[&long, &long], 2).0, "what streams is not compared");
}

#[test]
fn a_text_behind_which_more_stands_is_in_doubt() {
    for threshold in [64 << 10, 2] {
        for rest in ["lo)", "lo FLAGS ())", " (x))", "\"lo\")"] {
            let answer = format!("* 1 FETCH (UID 3 BODY[] {{3}}\r\nhel{rest}\r\nA2 OK done\r\n");
            let found = at_every_split(answer.as_bytes(), threshold);
            assert!(found.rows[0].0.has_doubtful_text(), "{rest}: {found:?}");
        }
        for rest in [")", " FLAGS ())", "\r\n FLAGS ())", "\r\n)"] {
            let answer = format!("* 1 FETCH (UID 3 BODY[] {{3}}\r\nhel{rest}\r\nA2 OK done\r\n");
            let found = at_every_split(answer.as_bytes(), threshold);
            assert!(!found.rows[0].0.has_doubtful_text(), "{rest}: {found:?}");
        }
    }
}

#[test]
fn a_wrong_length_is_noted_and_brings_nothing_about() {
    const REASON: &str = "no space behind a literal: its length may be wrong";
    for threshold in [64 << 10, 2] {
        let found =
            at_every_split(b"* 1 FETCH (UID 3 BODY[] {5}\r\nhello you FLAGS (\\Seen))\r\nA2 OK done\r\n", threshold);
        assert!(!found.diagnostics.contains(&REASON) && found.texts() == [b"hello"], "a space is there: {found:?}");
        let found =
            at_every_split(b"* 1 FETCH (UID 3 BODY[] {3}\r\nhello FLAGS (\\Seen))\r\nA2 OK done\r\n", threshold);
        assert_eq!((&found.diagnostics[..], found.completion.as_deref()), (&[REASON][..], Some("done")), "{found:?}");
        assert!(found.rows[0].0.flags.is_some() && found.texts() == [b"hel"], "{found:?}");
        // The rest of the text goes on in lines: they are none of the server's.
        for length in [3, 14, 15, 27] {
            let answer = format!("* 1 FETCH (UID 3 BODY[] {{{length}}}\r\n{TEXT})\r\nA2 OK done\r\n");
            let found = at_every_split(answer.as_bytes(), threshold);
            assert_eq!(found.error, Some(EngineError::FramingLost), "{length}: {found:?}");
            assert_eq!((found.events.len(), found.exists, found.completion), (0, 1, None), "{length}");
        }
    }
}

#[test]
fn a_row_with_two_uids_has_none() {
    for (row, uid, flags) in [
        ("UID 3 UID 4 BODY[] {2}\r\nhi", None, None),
        ("UID 3 BODY[] {2}\r\nhi UID 4 UID 3", None, None),
        ("UID 3 UID 4 BODY[] {2}\r\nhi UID 4", None, None),
        ("UID 3 UID 3 FLAGS (\\Seen) FLAGS (\\Seen) BODY[] {2}\r\nhi", Some(3), Some(true)),
        ("UID 3 FLAGS (\\Seen) FLAGS () BODY[] {2}\r\nhi", Some(3), None),
        ("UID 3 FLAGS () BODY[] {2}\r\nhi FLAGS (\\Seen)", Some(3), None),
    ] {
        let answer = format!("* 1 FETCH ({row})\r\nA2 OK done\r\n");
        for threshold in [64 << 10, 1] {
            let found = at_every_split(answer.as_bytes(), threshold);
            let fetch = &found.rows[0].0;
            assert_eq!(fetch.uid.map(|uid| uid.get()), uid, "{row}");
            assert_eq!(
                fetch.flags.as_ref().map(|flags| flags.contains(&imaplib_proto::types::Flag::Seen)),
                flags,
                "{row}"
            );
        }
    }
}
