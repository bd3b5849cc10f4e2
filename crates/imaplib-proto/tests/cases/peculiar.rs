//! Sets, names, flags and lines as real servers send them against the grammar: what is wrong costs itself alone.

use imaplib_proto::types::{
    BodySection, Capabilities, CopyUid, ExtendedSearch, Fetch, Flag, Flags, Listing, MailboxAttribute, Metadata,
    MetadataEntry, Namespace, Namespaces, Response, ResponseCode, SearchResult, Section, SectionBody, SectionName,
    StatusKind, Threads, Uid, UidRanges, UidSet, Untagged,
};

use super::envelope::{case as whole, envelope, none};
use super::mailbox::{list, listed, status, with_delimiter_at_end};
use super::{Case, Expected, bytes, good, name, noted, row, some, tagged, text, unknown, untagged};

const LEFT_OUT: &str = "a number that no message has, left out of a set";
const WITHOUT_OK: &str = "a response code without OK";
const SPACES: &str = "a name with spaces that is not quoted";
const UNQUOTED: &str = "a name that is not quoted, though it has to be";

pub fn cases() -> Vec<Case> {
    let mut cases = sets();
    cases.extend(copies());
    cases.extend(codes());
    cases.extend(names());
    cases.extend(flag_lists());
    cases.extend(others());
    cases.extend(line_ends());
    cases
}

fn vanished(earlier: bool, uids: &str) -> Response {
    let uids = if uids.is_empty() { UidSet::new() } else { uids.parse().unwrap() };
    Response::Untagged(Untagged::Vanished { earlier, uids })
}

fn esearch(fill: impl FnOnce(&mut ExtendedSearch)) -> Response {
    let mut result = ExtendedSearch::default();
    fill(&mut result);
    Response::Untagged(Untagged::ESearch(Box::new(result)))
}

fn sets() -> Vec<Case> {
    let modified =
        |ranges: &[(u32, u32)]| tagged("A", StatusKind::Ok, Some(ResponseCode::Modified(ranges.to_vec())), "x");
    vec![
        noted(b"* VANISHED 0,2,4\r\n", vanished(false, "2,4"), &[(LEFT_OUT, b"0")]),
        noted(b"* VANISHED (EARLIER) 2,0,4\r\n", vanished(true, "2,4"), &[(LEFT_OUT, b"0")]),
        noted(b"* VANISHED 0\r\n", vanished(false, ""), &[(LEFT_OUT, b"0")]),
        noted(b"* VANISHED 0:3,7\r\n", vanished(false, "1:3,7"), &[(LEFT_OUT, b"0:3")]),
        noted(b"* VANISHED 2,4294967296,4\r\n", vanished(false, "2,4"), &[(LEFT_OUT, b"4294967296")]),
        // Who takes this for all messages loses them.
        noted(b"* VANISHED 2,5:4294967296\r\n", vanished(false, "2"), &[(LEFT_OUT, b"5:4294967296")]),
        noted(
            b"* VANISHED 99999999999999999999999999,4\r\n",
            vanished(false, "4"),
            &[(LEFT_OUT, b"99999999999999999999999999")],
        ),
        noted(
            b"* SEARCH 0 2 4294967296 4\r\n",
            Response::Untagged(Untagged::Search(make!(SearchResult {
                numbers: vec![(2, 2), (4, 4)],
                unreadable: vec![bytes(b"4294967296")],
                ..SearchResult::default()
            }))),
            &[("0 is the number of no message", b"0"), ("no message number", b"4294967296")],
        ),
        noted(
            b"* ESEARCH (TAG \"a\") UID ALL 0,2:3,4294967296 COUNT 3\r\n",
            esearch(|result| {
                result.tag = some("a");
                result.uid = true;
                result.all = Some(vec![(2, 3)]);
                result.count = Some(3);
                result.unreadable = vec![bytes(b"4294967296")];
            }),
            &[(LEFT_OUT, b"0"), (LEFT_OUT, b"4294967296")],
        ),
        noted(
            b"* ESEARCH UID MIN 0 MAX 0 COUNT 0\r\n",
            esearch(|result| (result.uid, result.count) = (true, Some(0))),
            &[("0 is the number of no message", b"0"), ("0 is the number of no message", b"0")],
        ),
        noted(
            b"* ESEARCH (TAG \"a\") UID ALL 33866 (MODSEQ 284535)\r\n",
            esearch(|result| {
                result.tag = some("a");
                result.uid = true;
                result.all = Some(vec![(33866, 33866)]);
                result.mod_seq = Some(284_535);
            }),
            &[("MODSEQ in parentheses, as behind SEARCH", b"(MODSEQ 284535)")],
        ),
        noted(
            b"* ESEARCH UID ALL 0\r\n",
            esearch(|result| {
                result.uid = true;
                result.other = vec![(text("ALL"), bytes(b"0"))];
            }),
            &[(LEFT_OUT, b"0"), ("no message number", b"0")],
        ),
        noted(
            b"* THREAD (0)\r\n",
            unknown(None, "THREAD", b"* THREAD (0)\r\n"),
            &[("a number that no message has, left out of a thread", b"0"), ("no message number", b" (0)")],
        ),
        noted(b"A OK [MODIFIED 0,7] x\r\n", modified(&[(7, 7)]), &[(LEFT_OUT, b"0")]),
        noted(
            b"* THREAD (0 2)(3 4294967296 4)\r\n",
            Response::Untagged(Untagged::Thread(Threads::new([(Some(2), None), (Some(3), None), (Some(4), Some(1))]))),
            &[
                ("a number that no message has, left out of a thread", b"0"),
                ("a number that no message has, left out of a thread", b"4294967296"),
            ],
        ),
    ]
}

fn ranges(ranges: &[(u32, u32)]) -> UidRanges {
    UidRanges::new(ranges.iter().map(|(low, high)| (Uid::new(*low).unwrap(), Uid::new(*high).unwrap())).collect())
}

fn copied(source: &[(u32, u32)], target: &[(u32, u32)]) -> Option<ResponseCode> {
    Some(ResponseCode::CopyUid(CopyUid { uid_validity: 5, source: ranges(source), target: ranges(target) }))
}

/// Each message stays with its own copy.
fn copies() -> Vec<Case> {
    let case = |wire: &'static [u8], source: &[(u32, u32)], target: &[(u32, u32)], notes: &[Expected]| {
        noted(wire, tagged("A", StatusKind::Ok, copied(source, target), "x"), notes)
    };
    vec![
        case(b"A OK [COPYUID 5 0,2,4 6,7,8] x\r\n", &[(2, 2), (4, 4)], &[(7, 7), (8, 8)], &[(LEFT_OUT, b"0")]),
        case(b"A OK [COPYUID 5 1,2,3 6,0,8] x\r\n", &[(1, 1), (3, 3)], &[(6, 6), (8, 8)], &[(LEFT_OUT, b"0")]),
        case(b"A OK [COPYUID 5 1:5 0:4] x\r\n", &[(2, 5)], &[(1, 4)], &[(LEFT_OUT, b"0:4")]),
        case(
            b"A OK [COPYUID 5 1:4 9,4294967296,11:12] x\r\n",
            &[(1, 1), (3, 4)],
            &[(9, 9), (11, 12)],
            &[(LEFT_OUT, b"4294967296")],
        ),
        case(
            b"A OK [COPYUID 5 1:3 4294967294:4294967296] x\r\n",
            &[(1, 2)],
            &[(4_294_967_294, 4_294_967_295)],
            &[(LEFT_OUT, b"4294967294:4294967296")],
        ),
        case(b"A OK [COPYUID 5 0 7] x\r\n", &[], &[], &[(LEFT_OUT, b"0")]),
    ]
}

fn codes() -> Vec<Case> {
    let copied = || copied(&[(31, 31)], &[(6, 6)]);
    vec![
        // Exchange.
        noted(b"[COPYUID 5 31 6]\r\n", untagged(StatusKind::Ok, copied(), ""), &[(WITHOUT_OK, b"")]),
        noted(b"[COPYUID 5 31 6] moved\r\n", untagged(StatusKind::Ok, copied(), "moved"), &[(WITHOUT_OK, b"")]),
        noted(
            b"[UIDNEXT 4392] next\r\n",
            untagged(StatusKind::Ok, Some(ResponseCode::UidNext(4392)), "next"),
            &[(WITHOUT_OK, b"")],
        ),
        noted(
            b"[XYZZY 5] x\r\n",
            unknown(None, "[XYZZY", b"[XYZZY 5] x\r\n"),
            &[("neither untagged data nor the completion of a command", b"[XYZZY 5] x")],
        ),
    ]
}

fn names() -> Vec<Case> {
    use MailboxAttribute::HasNoChildren;
    let slash = Some('/');
    let case = |wire: &'static [u8], expected: &'static [u8], notes: &[Expected]| {
        noted(wire, list(&[], slash, name(expected)), notes)
    };
    let extended =
        make!(Listing { child_info: vec![text("SUBSCRIBED")], ..listed(&[], slash, name(b"Sent Items (old)")) });
    vec![
        case(
            b"* LIST () \"/\" Root/Folder/Subfolder()\r\n",
            b"Root/Folder/Subfolder()",
            &[(UNQUOTED, b"Root/Folder/Subfolder()")],
        ),
        case(b"* LIST () \"/\" TESTfolder(S)C\r\n", b"TESTfolder(S)C", &[(UNQUOTED, b"TESTfolder(S)C")]),
        case(b"* LIST () \"/\" (draft)\r\n", b"(draft)", &[(UNQUOTED, b"(draft)")]),
        case(b"* LIST () \"/\" a(b\r\n", b"a(b", &[(UNQUOTED, b"a(b")]),
        case(b"* LIST () \"/\" a (b\r\n", b"a (b", &[(SPACES, b"a (b")]),
        case(b"* LIST () \"/\" Sent (old)\r\n", b"Sent (old)", &[(SPACES, b"Sent (old)")]),
        case(b"* LIST () \"/\" a\"b\r\n", b"a\"b", &[(UNQUOTED, b"a\"b")]),
        case(b"* LIST () \"/\" Archive\t\r\n", b"Archive\t", &[(UNQUOTED, b"Archive\t")]),
        case(b"* LIST () \"/\" Sent Items  \r\n", b"Sent Items", &[(SPACES, b"Sent Items")]),
        case(
            b"* LIST () \"/\" \"Vorlagen\\(Standard\\)\"\r\n",
            b"Vorlagen\\(Standard\\)",
            &[("a backslash that is not escaped", b"\"Vorlagen\\(Standard\\)\"")],
        ),
        noted(
            b"* LIST () \"/\" \"usr/\"\r\n",
            with_delimiter_at_end(&[], '/', b"usr"),
            &[("a hierarchy delimiter at the end of a name", b"\"usr/\"")],
        ),
        noted(
            b"* LIST () \"/\" Sent Items (old) (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n",
            Response::Untagged(Untagged::List(extended)),
            &[(SPACES, b"Sent Items (old)")],
        ),
        noted(
            b"* LSUB (\\HasNoChildren) \".\" a.b(c)\r\n",
            Response::Untagged(Untagged::Lsub(listed(&[HasNoChildren], Some('.'), name(b"a.b(c)")))),
            &[(UNQUOTED, b"a.b(c)")],
        ),
        noted(
            b"* STATUS Sent Items (old) (MESSAGES 5 MAILBOXID (x))\r\n",
            status(name(b"Sent Items (old)"), |status| {
                status.messages = Some(5);
                status.mailbox_id = some("x");
            }),
            &[(SPACES, b"Sent Items (old)")],
        ),
        noted(
            b"* STATUS a(b) (MESSAGES 5)\r\n",
            status(name(b"a(b)"), |status| status.messages = Some(5)),
            &[(UNQUOTED, b"a(b)")],
        ),
        noted(
            b"* STATUS \"a\\(b\\)\" (MESSAGES 5)\r\n",
            status(name(b"a\\(b\\)"), |status| status.messages = Some(5)),
            &[("a backslash that is not escaped", b"\"a\\(b\\)\"")],
        ),
        noted(
            b"* LIST () / foo\r\n",
            list(&[], slash, name(b"foo")),
            &[("a hierarchy delimiter without quotes", b"/")],
        ),
    ]
}

fn flag_lists() -> Vec<Case> {
    let keyword = |text: &str| text.parse::<Flag>().unwrap();
    let no_atom = "a keyword with characters that no keyword can have";
    let nested = "a list in a list of flags";
    let repaired = "NIL, a bare * or a quoted string in a list of flags";
    let case = |wire: &[u8], flags: &[Flag], notes: &[&'static str]| {
        let line = [b"* 1 FETCH (FLAGS ", wire, b" UID 7)\r\n"].concat().leak() as &'static [u8];
        let notes: Vec<Expected> = notes.iter().map(|reason| (*reason, &*wire.to_vec().leak())).collect();
        let expected = row(1, |row| {
            row.flags = Some(flags.iter().cloned().collect());
            row.uid = Uid::new(7);
        });
        if notes.is_empty() { good(line, expected) } else { noted(line, expected, &notes) }
    };
    vec![
        case(b"(\\Seen foo(bar) $Junk)", &[Flag::Seen, keyword("foo(bar)"), Flag::JUNK], &[no_atom]),
        case(b"(foo((a)b)c x)", &[keyword("foo((a)b)c"), keyword("x")], &[no_atom]),
        case(b"(foo(bar \\Seen)", &[Flag::Seen, keyword("foo(bar")], &[no_atom]),
        case(b"(a\"b \\Seen)", &[Flag::Seen, keyword("a\"b")], &[no_atom]),
        case(b"(a\x01b \\Seen)", &[Flag::Seen, keyword("a%01b")], &[no_atom]),
        case(b"(a\tb)", &[keyword("a"), keyword("b")], &[]),
        case(b"(NIL)", &[], &[repaired]),
        case(b"((NIL) \\Seen)", &[Flag::Seen], &[repaired, nested]),
        case(b"(a (b) ())", &[keyword("a"), keyword("b")], &[nested]),
        case(b"((\\Seen \\Flagged))", &[Flag::Seen, Flag::Flagged], &[nested]),
        case(
            b"(a]b OIB-[Google Mail]/All gr\xc3\xbcn \\Seen)",
            &[Flag::Seen, keyword("a]b"), keyword("OIB-[Google"), keyword("Mail]/All"), keyword("gr%C3%BCn")],
            &[],
        ),
        case(b"(\"OIB-[Google Mail]/All\" x)", &[keyword("OIB-[Google%20Mail]/All"), keyword("x")], &[repaired]),
        case(b"({3}\r\na b {x} \\Seen)", &[Flag::Seen, keyword("a%20b"), keyword("{x}")], &[repaired]),
        noted(
            b"* FLAGS (\\Seen foo(bar) $Junk)\r\n",
            Response::Untagged(Untagged::Flags(Flags::from([Flag::Seen, keyword("foo(bar)"), Flag::JUNK]))),
            &[(no_atom, b"(\\Seen foo(bar) $Junk)")],
        ),
        noted(
            b"* OK [PERMANENTFLAGS (\\Seen foo(bar) \\*)] x\r\n",
            untagged(
                StatusKind::Ok,
                Some(ResponseCode::PermanentFlags(Flags::from([Flag::Seen, keyword("foo(bar)"), Flag::Wildcard]))),
                "x",
            ),
            &[(no_atom, b"(\\Seen foo(bar) \\*)")],
        ),
    ]
}

fn others() -> Vec<Case> {
    let space = |prefix: &'static [u8]| Namespace::new(name(prefix), Some('/'));
    let spaces = || {
        let (personal, other_users) = (vec![space(b"")], vec![space(b"~"), space(b"x/")]);
        Response::Untagged(Untagged::Namespace(Namespaces { personal, other_users, shared: vec![] }))
    };
    let section = |section: SectionName, origin| {
        row(1, |row: &mut Fetch| {
            row.sections = vec![BodySection::new(section, origin, SectionBody::Here(bytes(b"hello")))];
            row.uid = Uid::new(7);
        })
    };
    let brackets = "brackets behind an item that has none";
    let subject = || envelope(Some("d"), Some("s"), none(), [None, Some("<i>")]);
    vec![
        good(b"* NAMESPACE  ( (\"\" \"/\") )  ( ( \"~\" \"/\" )  (\"x/\" \"/\") )  NIL \r\n", spaces()),
        noted(
            b"* 1 FETCH (RFC822[] {5}\r\nhello UID 7)\r\n",
            section(SectionName::Rfc822, None),
            &[(brackets, b"RFC822[]")],
        ),
        noted(
            b"* 1 FETCH (RFC822.HEADER[]<0> \"hello\" UID 7)\r\n",
            section(SectionName::Rfc822Header, Some(0)),
            &[(brackets, b"RFC822.HEADER[]<0>")],
        ),
        noted(
            b"* 1 FETCH (RFC822[TEXT] \"hello\" UID 7)\r\n",
            section(SectionName::Body(Section::text()), None),
            &[(brackets, b"RFC822[TEXT]")],
        ),
        noted(
            b"* 1 FETCH (INTERNALDATE 17-Jul-1996 02:44:25 -0700 UID 7)\r\n",
            row(1, |row| {
                row.internal_date = "17-Jul-1996 02:44:25 -0700".parse().ok();
                row.uid = Uid::new(7);
            }),
            &[("a date without quotes", b"17-Jul-1996 02:44:25 -0700")],
        ),
        noted(
            b"* METADATA x (/shared/a v /shared/b NIL)\r\n",
            Response::Untagged(Untagged::Metadata(Metadata::new(
                name(b"x"),
                vec![
                    MetadataEntry::new(text("/shared/a"), Some(bytes(b"v"))),
                    MetadataEntry::new(text("/shared/b"), None),
                ],
            ))),
            &[("an atom where a string belongs", b"v")],
        ),
        // Domino.
        whole(
            b"( (\"d\" \"s\" NIL NIL NIL NIL NIL NIL NIL \"<i>\") )",
            subject(),
            &[("a second pair of parentheses around an envelope", b"( (")],
        ),
        whole(
            b"(\"d\" (\"s\") NIL NIL NIL NIL NIL NIL NIL (\"<i>\"))",
            subject(),
            &[("a string in parentheses", b"(\"s\")"), ("a string in parentheses", b"(\"<i>\")")],
        ),
        whole(
            b"(d s NIL NIL NIL NIL NIL NIL NIL <i>)",
            subject(),
            &[
                ("an atom where a string belongs", b"d"),
                ("an atom where a string belongs", b"s"),
                ("an atom where a string belongs", b"<i>"),
            ],
        ),
    ]
}

fn line_ends() -> Vec<Case> {
    let found =
        |numbers| Response::Untagged(Untagged::Search(make!(SearchResult { numbers, ..SearchResult::default() })));
    let with = |wire: &'static [u8], expected: Response| {
        let extra: &[u8] = if wire.ends_with(b"\r\r\r\n") { b"\r\r" } else { b"\r" };
        noted(wire, expected, &[("more than one CR at the end of the line", extra)])
    };
    vec![
        with(b"* SEARCH 2 4\r\r\n", found(vec![(2, 2), (4, 4)])),
        with(b"* LIST () \"/\" foo\r\r\n", list(&[], Some('/'), name(b"foo"))),
        with(b"* LIST () \"/\" \"foo\"\r\r\r\n", list(&[], Some('/'), name(b"foo"))),
        with(b"* 5 EXISTS\r\r\n", Response::Untagged(Untagged::Exists(5))),
        with(b"* 1 FETCH (UID 7)\r\r\n", row(1, |row| row.uid = Uid::new(7))),
        with(
            b"* CAPABILITY IMAP4rev1 IDLE\r\r\n",
            Response::Untagged(Untagged::Capability(Capabilities::from_iter(["IMAP4rev1", "IDLE"]))),
        ),
        with(b"A OK [READ-ONLY] done\r\r\n", tagged("A", StatusKind::Ok, Some(ResponseCode::ReadOnly), "done")),
    ]
}
