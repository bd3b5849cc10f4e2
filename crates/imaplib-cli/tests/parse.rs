//! `imap parse`: transcripts of server bytes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::{Run, imap, imap_with_input};

fn parse(input: &[u8]) -> Run {
    imap_with_input(&["parse", "-"], input)
}

#[test]
fn each_response_is_an_object() {
    let run = parse(
        b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n\
          * 12 FETCH (UID 7 FLAGS (\\Seen $Junk) RFC822.SIZE 4827313828 BODY[] {5}\r\nhello)\r\n\
          * LIST (\\HasNoChildren) \"/\" \"Entw&APw-rfe\"\r\n\
          * 5 EXPUNGE\r\n\
          * SEARCH 2 3 6\r\n\
          + go on\r\n\
          a1 OK [READ-WRITE] done\r\n",
    )
    .ok();
    let objects = run.json();
    let kinds: Vec<&str> = objects.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["OK", "FETCH", "LIST", "EXPUNGE", "SEARCH", "CONTINUATION", "OK"]);
    assert_eq!(objects[0]["code"], "CAPABILITY");
    assert_eq!(objects[1]["seq"], 12);
    let items = &objects[1]["items"];
    assert_eq!(
        (&items["UID"], &items["RFC822.SIZE"], &items["BODY[]"]),
        (&7.into(), &4_827_313_828_u64.into(), &"hello".into())
    );
    assert_eq!(items["FLAGS"], serde_json::json!(["\\Seen", "$Junk"]));
    assert_eq!(objects[2]["mailbox"], "Entwürfe");
    assert_eq!(objects[3]["seq"], 5);
    assert_eq!((objects[6]["tag"].as_str(), objects[6]["code"].as_str()), (Some("a1"), Some("READ-WRITE")));
}

#[test]
fn a_part_has_its_languages_and_its_location() {
    let structure = |extension: &str| {
        let line = format!("* 1 FETCH (BODYSTRUCTURE (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5{extension}))\r\n");
        let object = parse(line.as_bytes()).ok().json().remove(0);
        (object.to_string().contains("language"), object.to_string())
    };
    let (has_language, text) = structure(" NIL NIL (\"en\" \"de\") \"http://x\"");
    assert!(text.contains("\"language\":[\"en\",\"de\"]") && text.contains("\"location\":\"http://x\""), "{text}");
    assert!(has_language && !structure("").0 && !structure(" NIL NIL NIL NIL").0);
}

#[test]
fn what_is_not_understood_is_said() {
    let run = parse(b"* XYZZY (a b)\r\n* OK fine\r\n");
    assert_eq!(run.code, 1, "{run:?}");
    let objects = run.json();
    assert_eq!(objects[0]["kind"], "UNKNOWN");
    assert!(objects[0]["raw"].as_str().unwrap().contains("XYZZY (a b)"));
    assert_eq!(objects[1]["kind"], "OK");
}

#[test]
fn a_note_makes_exit_1_and_replaced_bytes_stay_as_raw() {
    let run = parse(b"* LIST () \"/\" \"caf\xe9\"\r\n");
    // `* LIST () "/" "caf` and so on.
    let raw = serde_json::json!({"base64": "KiBMSVNUICgpICIvIiAiY2Fm6SINCg=="});
    assert_eq!(run.json()[0]["raw"], raw, "{run:?}");
    for input in
        [&b"* 2 FETCH (FLAGS (\\Seen) UID 5\r\n"[..], b"* OK no end", b"* 1 FETCH (INTERNALDATE NIL UID 5)\r\n"]
    {
        let run = parse(input);
        assert!(run.json()[0]["notes"].is_array(), "{run:?}");
        assert_eq!(run.code, 1, "{run:?}");
    }
}

#[test]
fn hostile_bytes_end_in_an_object_and_not_in_a_panic() {
    let mut nested = b"* 1 FETCH (BODYSTRUCTURE ".to_vec();
    nested.extend(b"(".repeat(100_000));
    nested.extend(b"\r\n");
    let mut closed = b"* 1 FETCH (BODYSTRUCTURE ".to_vec();
    closed.extend(b"(".repeat(100_000));
    closed.extend(b")".repeat(100_000));
    closed.extend(b")\r\n");
    for input in [
        nested.as_slice(),
        &closed,
        b"* LIST () \"/\" caf\xe9\xff\x80\r\n",
        b"* 1 FETCH (INTERNALDATE NIL UID 5)\r\n",
        b"* 1 FETCH (BODY[] {5}\r\nab",
        b"* OK {500000000}\r\n",
        b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n",
        b"\x00\x01\x02",
        b"\r\n\r\n",
        b"* ",
        b"no end",
    ] {
        let run = parse(input);
        assert!(matches!(run.code, 0 | 1 | 76), "{run:?}");
        assert!(!run.stdout.is_empty(), "{run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        run.json();
        assert!(!run.stdout.chars().any(|c| c.is_control() && c != '\n'), "{run:?}");
    }
}

#[test]
fn every_split_of_a_line_is_the_same_and_files_work() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("transcript");
    std::fs::write(&path, "* 3 EXISTS\r\n").unwrap();
    let run = imap(&["parse", path.to_str().unwrap()]).ok();
    assert_eq!(run.json()[0]["count"], 3);
    assert_eq!(imap(&["parse", "/nonexistent/file"]).code, 74);
}

#[test]
fn conversations_take_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transcript");
    let pairs = 380_000;
    std::fs::write(&path, format!("* THREAD {}\r\n", "(1 2)".repeat(pairs))).unwrap();
    let (run, peak) = support::memory::measured(&["parse", path.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.matches("\"number\":2,").count(), pairs);
    assert!(run.stdout.starts_with(
        r#"{"kind":"THREAD","messages":[{"number":1,"parent":null,"depth":0},{"number":2,"parent":0,"depth":1},"#
    ));
    assert!(peak < 64, "{peak} MiB");
    // One that is not as it should be is shown in part.
    std::fs::write(&path, format!("* THREAD {} x\r\n", "(1 2)".repeat(pairs))).unwrap();
    let (run, peak) = support::memory::measured(&["parse", path.to_str().unwrap()]);
    assert!(run.code == 1 && run.stdout.contains("\"notes\":"), "{} {}", run.code, run.stdout.len());
    assert!(peak < 64, "{peak} MiB");
}

#[test]
fn long_lists_take_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transcript");
    // Numbers that are no ranges; and resources, of which each literal begins another line.
    let numbers = "9 7 ".repeat(450_000);
    let resources: String = (0..2).map(|_| format!("{}{{1}}\r\nB 3 4 ", "A 1 2 ".repeat(40_000))).collect();
    for (response, begin, count) in [
        (format!("* SEARCH {numbers}"), r#"{"kind":"SEARCH","ids":"9,7,9"#, ("9,7,9", 225_000)),
        (format!("* SORT {numbers}"), r#"{"kind":"SORT","ids":"9,7,9"#, ("9,7,9", 225_000)),
        (format!("* SEARCH {}", "9 7 ".repeat(60_000)), r#"{"kind":"SEARCH","ids":[9,7,"#, ("9,7,", 60_000)),
        (
            format!("* QUOTA root ({resources})"),
            r#"{"kind":"QUOTA","root":"root","resources":[{"name":"A","usage":1,"limit":2},"#,
            (r#"{"name":"B","usage":3,"limit":4}"#, 2),
        ),
    ] {
        std::fs::write(&path, format!("{response}\r\n")).unwrap();
        let (run, peak) = support::memory::measured(&["parse", path.to_str().unwrap()]);
        assert_eq!(run.code, 0, "{:.300}", run.stdout);
        assert!(run.stdout.starts_with(begin), "{:.300}", run.stdout);
        assert!(run.stdout.matches(count.0).count() >= count.1 - 1, "{:.300}", run.stdout);
        assert!(peak < 64, "{response:.60}: {peak} MiB");
    }
}
