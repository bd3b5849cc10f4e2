//! FETCH rows without the texts and the structure of messages.

use imaplib_proto::types::{Fetch, Flag, Flags, Part, Response, Uid, Untagged};

use super::{Case, bytes, good, noted, row, text};

pub fn cases() -> Vec<Case> {
    let mut cases = items();
    cases.extend(unknown_items());
    cases.extend(repaired());
    cases.extend(malformed());
    cases
}

fn items() -> Vec<Case> {
    let junk = || [Flag::Seen, Flag::JUNK].into();
    let mut by_uid = Fetch::default();
    by_uid.uid = Uid::new(25900);
    by_uid.flags = Some(Flags::new());
    vec![
        good(
            b"* 12 FETCH (UID 17 FLAGS (\\Seen $Junk))\r\n",
            row(12, |row| {
                row.uid = Uid::new(17);
                row.flags = Some(junk());
            }),
        ),
        good(
            b"* 12 fetch ( flags (\\SEEN $junk)  uid 17 ) \r\n",
            row(12, |row| {
                row.uid = Uid::new(17);
                row.flags = Some(junk());
            }),
        ),
        good(b"* 1 FETCH ()\r\n", row(1, |_| ())),
        good(b"* 1 FETCH(FLAGS())\n", row(1, |row| row.flags = Some(Flags::new()))),
        good(
            b"* 1 FETCH (FLAGS (\\Recent \\Custom a[b] a/b A/B OIB-[Google))\r\n",
            row(1, |row| row.flags = Some(server_flags())),
        ),
        // RFC 1730.
        good(b"* 23 STORE (FLAGS (\\Deleted))\r\n", row(23, |row| row.flags = Some(Flag::Deleted.into()))),
        // RFC 9586.
        good(b"* 25900 UIDFETCH (FLAGS ())\r\n", Response::Untagged(Untagged::Fetch(by_uid))),
        good(b"* 1 FETCH (RFC822.SIZE 4294967296)\r\n", row(1, |row| row.size = Some(1 << 32))),
        good(b"* 7 FETCH (MODSEQ (18446744073709551615))\r\n", row(7, |row| row.mod_seq = Some(u64::MAX))),
        good(
            b"* 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
            row(1, |row| row.internal_date = Some("17-Jul-1996 02:44:25 -0700".parse().unwrap())),
        ),
        // QQ does not pad the day.
        good(
            b"* 1 FETCH (INTERNALDATE \"7-Jul-1996 02:44:25 +0000\" UID 2)\r\n",
            row(1, |row| {
                row.internal_date = Some(" 7-Jul-1996 02:44:25 +0000".parse().unwrap());
                row.uid = Uid::new(2);
            }),
        ),
        good(
            b"* 1 FETCH (INTERNALDATE {26}\r\n17-Jul-1996 02:44:25 -0700)\r\n",
            row(1, |row| row.internal_date = Some("17-Jul-1996 02:44:25 -0700".parse().unwrap())),
        ),
        good(
            b"* 1 FETCH (BINARY.SIZE[1.2] 5 BINARY.SIZE[] 4294967296)\r\n",
            row(1, |row| row.binary_sizes = vec![(Part::new([1, 2]), 5), (Part::default(), 1 << 32)]),
        ),
    ]
}

/// Flags that only a server can name.
pub fn server_flags() -> Flags {
    let list = b"* FLAGS (\\Recent \\Custom a[b] a/b OIB-[Google)\r\n";
    let parsed = imaplib_proto::parse::read(&bytes(list), &Default::default());
    match parsed.response {
        Response::Untagged(Untagged::Flags(flags)) if flags.iter().count() == 5 => flags,
        other => panic!("{other:?}"),
    }
}

fn unknown_items() -> Vec<Case> {
    let with = |other: &[(&str, &'static [u8])]| {
        let other = other.iter().map(|(name, raw)| (text(name), bytes(raw))).collect();
        row(1, |row| {
            row.other = other;
            row.uid = Uid::new(9);
        })
    };
    vec![
        good(b"* 1 FETCH (X-GM-MSGID 1278455344230334865 UID 9)\r\n", with(&[("X-GM-MSGID", b"1278455344230334865")])),
        good(
            b"* 1 FETCH (X-GM-LABELS (\\Inbox \"a b\" +tag NIL) UID 9)\r\n",
            with(&[("X-GM-LABELS", b"(\\Inbox \"a b\" +tag NIL)")]),
        ),
        good(b"* 1 FETCH (PREVIEW {5}\r\n) UID UID 9)\r\n", with(&[("PREVIEW", b"{5}\r\n) UID")])),
        good(
            b"* 1 FETCH (PREVIEW (FUZZY \"x\") SNIPPET NIL UID 9)\r\n",
            with(&[("PREVIEW", b"(FUZZY \"x\")"), ("SNIPPET", b"NIL")]),
        ),
        good(
            b"* 1 FETCH (EMAILID (M6d99ac3275bb4e) THREADID NIL UID 9)\r\n",
            with(&[("EMAILID", b"(M6d99ac3275bb4e)"), ("THREADID", b"NIL")]),
        ),
        good(
            b"* 1 FETCH (SAVEDATE \"17-Jul-1996 02:44:25 -0700\" UID 9)\r\n",
            with(&[("SAVEDATE", b"\"17-Jul-1996 02:44:25 -0700\"")]),
        ),
        good(
            b"* 1 FETCH (ANNOTATION (/comment (value.priv \"My (comment\" size.priv \"12\")) UID 9)\r\n",
            with(&[("ANNOTATION", b"(/comment (value.priv \"My (comment\" size.priv \"12\"))")]),
        ),
        good(
            b"* 1 FETCH (OBJECTID (EMAILID a THREADID b) UID 9)\r\n",
            with(&[("OBJECTID", b"(EMAILID a THREADID b)")]),
        ),
        good(b"* 1 FETCH (DIGEST.SHA1 abc CID 5 UID 9)\r\n", with(&[("DIGEST.SHA1", b"abc"), ("CID", b"5")])),
        // AOL.
        good(b"* 1 FETCH (XAOL-X v UID 9)\r\n", with(&[("XAOL-X", b"v")])),
        good(
            b"* 1 FETCH (BODYPARTSTRUCTURE[1.2]<3> (a (b)) UID 9)\r\n",
            with(&[("BODYPARTSTRUCTURE[1.2]<3>", b"(a (b))")]),
        ),
        good(b"* 1 FETCH (X[a \"]\" (b)] ~{2}\r\n\0) UID 9)\r\n", with(&[("X[a \"]\" (b)]", b"~{2}\r\n\0)")])),
        noted(b"* 1 FETCH (UID 9 XNEW)\r\n", with(&[("XNEW", b"")]), &[("an item without a value", b"XNEW")]),
    ]
}

fn repaired() -> Vec<Case> {
    vec![
        // Gmail and Zoho.
        noted(
            b"* 1 FETCH (MODSEQ (0))\r\n",
            row(1, |row| row.absent = vec![text("MODSEQ")]),
            &[("no modification sequence", b"(0)")],
        ),
        noted(
            b"* 1 FETCH (MODSEQ (-1))\r\n",
            row(1, |row| row.absent = vec![text("MODSEQ")]),
            &[("no modification sequence", b"(-1)")],
        ),
        // mail.ru.
        noted(
            b"* 1 FETCH (RFC822.SIZE 1.86931e+06)\r\n",
            row(1, |row| row.size = Some(1_869_310)),
            &[("a size in floating point, as mail.ru sends it", b"1.86931e+06")],
        ),
        // Zimbra.
        noted(
            b"* 1 FETCH (UID 1MODSEQ (2))\r\n",
            row(1, |row| {
                row.uid = Uid::new(1);
                row.mod_seq = Some(2);
            }),
            &[("no space between two items", b"1")],
        ),
        noted(
            b"* 1 FETCH (FLAGS (\"\\Seen\" NIL))\r\n",
            row(1, |row| row.flags = Some(Flag::Seen.into())),
            &[("NIL, a bare * or a quoted string in a list of flags", b"(\"\\Seen\" NIL)")],
        ),
        noted(b"* 1 FETCH (UID 5\r\n", row(1, |row| row.uid = Uid::new(5)), &[("a row that is not closed", b"")]),
        noted(
            b"* 1 FETCH (UID 5) FLAGS ())\r\n",
            row(1, |row| {
                row.uid = Uid::new(5);
                row.flags = Some(Flags::new());
            }),
            &[("items behind the end of the row", b"")],
        ),
        noted(
            b"* 1 FETCH (UID 5) x\r\n",
            row(1, |row| row.uid = Uid::new(5)),
            &[("more behind the end of the response", b"x")],
        ),
    ]
}

/// One malformed item between two good ones costs that item alone.
fn malformed() -> Vec<Case> {
    let between = |name: &str, raw: &'static [u8]| {
        row(1, |row| {
            row.uid = Uid::new(9);
            row.size = Some(8);
            row.other = vec![(text(name), bytes(raw))];
        })
    };
    let table: Vec<(&str, &'static [u8], &'static str)> = vec![
        ("FLAGS", b"5", "no list of flags"),
        ("INTERNALDATE", b"NIL", "no string"),
        // Domino.
        ("INTERNALDATE", b"\"00-Jan-0000 00:00:00 +0000\"", "no date and time"),
        ("ENVELOPE", b"NIL", "no envelope"),
        ("ENVELOPE", b"garbage more \"garbage\" (5)", "no envelope"),
        ("ENVELOPE", b"5x", "no envelope"),
        ("BODY", b"\"x\"", "no body structure"),
        ("BODYSTRUCTURE", b"((\"a\"))", "neither a string nor NIL"),
        ("MODSEQ", b"x", "no number"),
        ("MODSEQ", b"(5 6)", "more than a modification sequence"),
        ("MODSEQ", b"(99999999999999999999)", "no number"),
        ("BODY[1.FOO]", b"\"(\"", "an unknown section"),
        ("BODY[]<x>", b"\"(\"", "no number"),
        ("BODY[]", b"(x)", "neither a string nor NIL"),
        ("BODY[]", b"{9999}\r\nx", "a literal longer than the response"),
        ("BINARY.SIZE[1]", b"NIL", "no number"),
        ("BINARY[1.TEXT]", b"\"x\"", "a part number that does not end"),
        ("RFC822.HEADER", b"abc", "neither a string nor NIL"),
    ];
    let line = |name: &str, raw: &[u8]| {
        let line = [b"* 1 FETCH (UID 9 ", name.as_bytes(), b" ", raw, b" RFC822.SIZE 8)\r\n"].concat();
        line.leak() as &'static [u8]
    };
    let mut cases: Vec<Case> = table
        .into_iter()
        .map(|(name, raw, reason)| noted(line(name, raw), between(name, raw), &[(reason, raw)]))
        .collect();
    cases.push(noted(b"* 1 FETCH (UID 9 RFC822.SIZE 8 UID 0)\r\n", between("UID", b"0"), &[("0 as a UID", b"0")]));
    cases.push(noted(
        b"* 1 FETCH (UID 9 RFC822.SIZE 8 FLAGS)\r\n",
        between("FLAGS", b""),
        &[("no list of flags", b"")],
    ));
    cases.push(noted(
        b"* 1 FETCH (UID 9 \"junk\" (more) RFC822.SIZE 8)\r\n",
        between("", b"\"junk\" (more)"),
        &[("no name of an item", b"\"junk\" (more)")],
    ));
    // What cannot even be skipped costs the rest of the row.
    cases.push(noted(
        b"* 1 FETCH (UID 9 ENVELOPE ((\"x\" RFC822.SIZE 8)\r\n",
        row(1, |row| {
            row.uid = Uid::new(9);
            row.other = vec![(text("ENVELOPE"), bytes(b"((\"x\" RFC822.SIZE 8)"))];
        }),
        &[
            ("no value, or a list that is not closed", b"ENVELOPE ((\"x\" RFC822.SIZE 8)"),
            ("a row that is not closed", b""),
        ],
    ));
    cases
}
