//! SEARCH, ESEARCH, VANISHED, EXISTS, RECENT and EXPUNGE.

use imaplib_proto::types::{ExtendedSearch, Response, ResultChange, SearchResult, SeqNum, UidSet, Untagged};

use super::{Case, bytes, good, name, noted, some, text, unknown};

pub fn search(numbers: &[(u32, u32)], mod_seq: Option<u64>) -> Response {
    Response::Untagged(Untagged::Search(make!(SearchResult {
        numbers: numbers.to_vec(),
        mod_seq,
        ..SearchResult::default()
    })))
}

pub fn extended(fill: impl FnOnce(&mut ExtendedSearch)) -> Response {
    let mut result = ExtendedSearch::default();
    fill(&mut result);
    Response::Untagged(Untagged::ESearch(Box::new(result)))
}

/// A search of which some words cannot be read.
fn partial(numbers: &[(u32, u32)], unreadable: &[&'static [u8]]) -> Response {
    let unreadable = unreadable.iter().map(|word| bytes(word)).collect();
    Response::Untagged(Untagged::Search(make!(SearchResult { numbers: numbers.to_vec(), mod_seq: None, unreadable })))
}

fn vanished(earlier: bool, uids: &str) -> Response {
    let uids: UidSet = uids.parse().unwrap();
    Response::Untagged(Untagged::Vanished { earlier, uids })
}

pub fn cases() -> Vec<Case> {
    let mut cases = searches();
    cases.extend(extended_searches());
    cases.extend(sizes());
    cases
}

fn searches() -> Vec<Case> {
    vec![
        good(b"* SEARCH\r\n", search(&[], None)),
        good(b"* SEARCH \r\n", search(&[], None)),
        good(b"* SEARCH 2 84 882\r\n", search(&[(2, 2), (84, 84), (882, 882)], None)),
        good(b"* SEARCH 1 2 3 9 8 9 4294967295 \r\n", search(&[(1, 3), (9, 9), (8, 9), (u32::MAX, u32::MAX)], None)),
        good(b"* SEARCH 2 5 6 (MODSEQ 917162500)\r\n", search(&[(2, 2), (5, 6)], Some(917_162_500))),
        noted(
            b"* SEARCH 1 x 0 4294967296 3 (X) 6:5\r\n",
            partial(&[(1, 1), (3, 3)], &[b"x", b"4294967296", b"(X)", b"6:5"]),
            &[
                ("no message number", b"x"),
                ("0 is the number of no message", b"0"),
                ("no message number", b"4294967296"),
                ("no MODSEQ", b"(X)"),
                ("no message number", b"6:5"),
            ],
        ),
        noted(b"* SEARCH 1 (MODSEQ\r\n", search(&[(1, 1)], None), &[("no number", b"(MODSEQ")]),
        // Separators that do not belong there leave no doubt about the numbers.
        noted(b"* SEARCH 1 ) 2\r\n", search(&[(1, 2)], None), &[(ODD_SEPARATOR, b")")]),
        noted(b"* SEARCH 5,6\r\n", search(&[(5, 6)], None), &[(ODD_SEPARATOR, b",")]),
        noted(b"* SEARCH (5 6) (MODSEQ 9)\r\n", search(&[(5, 6)], Some(9)), &[(ODD_SEPARATOR, b"(")]),
        noted(b"* SEARCH 5\t6\t\r\n", search(&[(5, 6)], None), &[(ODD_SEPARATOR, b"\t")]),
        noted(b"* SEARCH\t5\r\n", search(&[(5, 5)], None), &[(ODD_SEPARATOR, b"\t")]),
        noted(b"* SEARCH 5:7 9\r\n", search(&[(5, 7), (9, 9)], None), &[("a range of message numbers", b"5:7")]),
        // Words leave some: the answer is not all.
        noted(b"* SEARCH 5 x6\r\n", partial(&[(5, 5)], &[b"x6"]), &[("no message number", b"x6")]),
        noted(b"* SEARCH 5 6x 7\r\n", partial(&[(5, 5), (7, 7)], &[b"6x"]), &[("no message number", b"6x")]),
        noted(b"* SEARCH \"5\" 7\r\n", partial(&[(7, 7)], &[b"\"5\""]), &[("no message number", b"\"5\"")]),
        noted(
            b"* SEARCH 1,x,3\r\n",
            partial(&[(1, 1), (3, 3)], &[b"x"]),
            &[(ODD_SEPARATOR, b","), ("no message number", b"x")],
        ),
    ]
}

const ODD_SEPARATOR: &str = "message numbers that are not separated by a space";

fn extended_searches() -> Vec<Case> {
    vec![
        good(b"* ESEARCH\r\n", extended(|_| ())),
        good(
            b"* ESEARCH (TAG \"A01\") UID COUNT 9 PARTIAL (-1:-100 8:9,3) RELEVANCY (4 99 300)\r\n",
            extended(|result| {
                result.tag = some("A01");
                result.uid = true;
                result.count = Some(9);
                result.partial = Some(vec![(8, 9), (3, 3)]);
                result.relevancy = Some(vec![4, 99, 255]);
            }),
        ),
        good(
            b"* ESEARCH (TAG \"A01\") PARTIAL (1:10 NIL)\r\n",
            extended(|result| {
                result.tag = some("A01");
                result.partial = Some(Vec::new());
            }),
        ),
        good(
            b"* ESEARCH (TAG \"A282\") MIN 2 COUNT 3\r\n",
            extended(|result| {
                result.tag = some("A282");
                result.min = Some(2);
                result.count = Some(3);
            }),
        ),
        good(
            b"* ESEARCH (TAG A283) UID ALL 2,10:11,9:5 MAX 7 MODSEQ 9\r\n",
            extended(|result| {
                result.tag = some("A283");
                result.uid = true;
                result.all = Some(vec![(2, 2), (10, 11), (5, 9)]);
                result.max = Some(7);
                result.mod_seq = Some(9);
            }),
        ),
        good(
            b"* ESEARCH (MAILBOX \"a b\" TAG \"t\" UIDVALIDITY 7) UID ALL 1:3 COUNT 3\r\n",
            extended(|result| {
                result.mailbox = Some(name(b"a b"));
                result.tag = some("t");
                result.uid_validity = Some(7);
                result.uid = true;
                result.all = Some(vec![(1, 3)]);
                result.count = Some(3);
            }),
        ),
        good(
            b"* ESEARCH (TAG \"C\") UID PARTIAL (1:500 NIL) RELEVANCY (4 99) ADDTO (0 1:2) REMOVEFROM (0 4 3 5:6,8) \
              ADDTO (1 9) COUNT 1\r\n",
            extended(|result| {
                result.tag = some("C");
                result.uid = true;
                result.count = Some(1);
                result.partial = Some(Vec::new());
                result.relevancy = Some(vec![4, 99]);
                result.changes = vec![
                    ResultChange::Added { place: 0, numbers: vec![(1, 2)] },
                    ResultChange::Removed { place: 0, numbers: vec![(4, 4)] },
                    ResultChange::Removed { place: 3, numbers: vec![(5, 6), (8, 8)] },
                    ResultChange::Added { place: 1, numbers: vec![(9, 9)] },
                ];
            }),
        ),
        noted(
            b"* ESEARCH (TAG \"C\") UID ADDTO (0 1 x) COUNT 2\r\n",
            extended(|result| {
                result.tag = some("C");
                result.uid = true;
                result.count = Some(2);
                result.other = vec![(text("ADDTO"), bytes(b"(0 1 x)"))];
            }),
            &[("no number of 32 bits", b"(0 1 x)")],
        ),
        // AOL sends neither UID nor tag.
        good(b"* ESEARCH ALL 1:4294967295\r\n", extended(|result| result.all = Some(vec![(1, u32::MAX)]))),
        noted(
            b"* ESEARCH (TAG \"x\" NEW (1)) MIN x MAX 5 COUNT\r\n",
            extended(|result| {
                result.tag = some("x");
                result.max = Some(5);
                result.other = vec![(text("MIN"), bytes(b"x")), (text("COUNT"), bytes(b""))];
            }),
            &[("an unknown correlator", b"NEW (1)"), ("no number of 32 bits", b"x"), ("no number", b"")],
        ),
        noted(
            b"* ESEARCH (TAG) ALL 1:* (5) COUNT 2\r\n",
            extended(|result| {
                result.count = Some(2);
                result.other = vec![(text("ALL"), bytes(b"1:*"))];
                result.unreadable = vec![bytes(b"1:*"), bytes(b"(5)")];
            }),
            &[
                ("neither an atom nor a string", b"(TAG)"),
                ("no number of 32 bits", b"1:*"),
                ("no name of a search result", b"(5)"),
            ],
        ),
        // What can be read of all numbers is read.
        noted(
            b"* ESEARCH (TAG \"a\") UID ALL 5,x6,9:7 COUNT 5\r\n",
            extended(|result| {
                result.tag = some("a");
                result.uid = true;
                result.all = Some(vec![(5, 5), (7, 9)]);
                result.count = Some(5);
                result.unreadable = vec![bytes(b"x6")];
            }),
            &[("no number of 32 bits", b"5,x6,9:7")],
        ),
        noted(
            b"* ESEARCH UID ALL (5 6)\r\n",
            extended(|result| {
                result.uid = true;
                result.all = Some(vec![(5, 6)]);
            }),
            &[("no number of 32 bits", b"(5 6)")],
        ),
        noted(
            b"* ESEARCH UID ALL 5 6\r\n",
            extended(|result| {
                result.uid = true;
                result.all = Some(vec![(5, 5)]);
                result.unreadable = vec![bytes(b"6")];
            }),
            &[("no name of a search result", b"6")],
        ),
    ]
}

fn sizes() -> Vec<Case> {
    let number = |untagged| Response::Untagged(untagged);
    vec![
        good(b"* 172 EXISTS\r\n", number(Untagged::Exists(172))),
        good(b"* 1 exists\r\n", number(Untagged::Exists(1))),
        // DavMail.
        good(b"*  12  EXISTS \r\n", number(Untagged::Exists(12))),
        good(b"* 0 EXISTS\n", number(Untagged::Exists(0))),
        good(b"* 4294967295 RECENT\r\n", number(Untagged::Recent(u32::MAX))),
        good(b"* 44 EXPUNGED\r\n", number(Untagged::Expunge(SeqNum::new(44).unwrap()))),
        good(b"* 44 EXPUNGE\r\n", number(Untagged::Expunge(SeqNum::new(44).unwrap()))),
        good(b"* VANISHED 405,407,410:425\r\n", vanished(false, "405,407,410:425")),
        good(b"* VANISHED 9,1:3,2\r\n", vanished(false, "1:3,9")),
        good(b"* VANISHED (EARLIER) 1:4294967295\r\n", vanished(true, "1:4294967295")),
        good(b"* vanished (earlier) 41\r\n", vanished(true, "41")),
        noted(b"* 5 EXISTS now\r\n", number(Untagged::Exists(5)), &[("more behind the end of the response", b"now")]),
        noted(
            b"* 0 EXPUNGE\r\n",
            unknown(Some(0), "EXPUNGE", b"* 0 EXPUNGE\r\n"),
            &[("0 is the number of no message", b"")],
        ),
        noted(
            b"* 4294967296 EXISTS\r\n",
            unknown(None, "EXISTS", b"* 4294967296 EXISTS\r\n"),
            &[("no number of 32 bits", b"4294967296")],
        ),
        noted(
            b"* VANISHED 1:*\r\n",
            unknown(None, "VANISHED", b"* VANISHED 1:*\r\n"),
            &[("no number of 32 bits", b" 1:*")],
        ),
        noted(b"* VANISHED\r\n", unknown(None, "VANISHED", b"* VANISHED\r\n"), &[("no number of 32 bits", b"")]),
    ]
}
