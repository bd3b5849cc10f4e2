//! Response codes.

use imaplib_proto::types::StatusKind::{No, Ok};
use imaplib_proto::types::{
    AppendUid, Capabilities, CopyUid, Flag, Flags, ObjectIds, OtherCode, ResponseCode, SeqNum, Uid, UidRanges,
};

use super::{Case, bytes, good, noted, some, tagged, text, untagged};

const UNREADABLE: &str = "the argument of a response code that cannot be read";

pub fn uids(ranges: &[(u32, u32)]) -> UidRanges {
    UidRanges::new(ranges.iter().map(|(low, high)| (Uid::new(*low).unwrap(), Uid::new(*high).unwrap())).collect())
}

pub fn other(name: &str, argument: &'static [u8]) -> ResponseCode {
    ResponseCode::Other(OtherCode { name: text(name), argument: bytes(argument) })
}

pub fn cases() -> Vec<Case> {
    let mut cases = plain();
    cases.extend(with_argument());
    cases.extend(unreadable());
    cases
}

/// Every code without an argument, by its name.
fn plain() -> Vec<Case> {
    let codes = [
        ResponseCode::Alert,
        ResponseCode::AlreadyExists,
        ResponseCode::AuthenticationFailed,
        ResponseCode::AuthorizationFailed,
        ResponseCode::BadComparator,
        ResponseCode::Cannot,
        ResponseCode::ClientBug,
        ResponseCode::Closed,
        ResponseCode::CompressionActive,
        ResponseCode::ContactAdmin,
        ResponseCode::Corruption,
        ResponseCode::Expired,
        ResponseCode::ExpungeIssued,
        ResponseCode::HasChildren,
        ResponseCode::InUse,
        ResponseCode::Limit,
        ResponseCode::NoModSeq,
        ResponseCode::NonExistent,
        ResponseCode::NoPerm,
        ResponseCode::NotificationOverflow,
        ResponseCode::NotSaved,
        ResponseCode::OverQuota,
        ResponseCode::Parse,
        ResponseCode::PrivacyRequired,
        ResponseCode::ReadOnly,
        ResponseCode::ReadWrite,
        ResponseCode::ServerBug,
        ResponseCode::TempFail,
        ResponseCode::TooBig,
        ResponseCode::TooFew,
        ResponseCode::TooMany,
        ResponseCode::TryCreate,
        ResponseCode::UidNotSticky,
        ResponseCode::UidRequired,
        ResponseCode::Unavailable,
        ResponseCode::UnknownCte,
        ResponseCode::UseAttr,
    ];
    let line = |code: &ResponseCode| format!("* NO [{}] text\r\n", code.name()).into_bytes().leak() as &'static [u8];
    codes.into_iter().map(|code| good(line(&code), untagged(No, Some(code), "text"))).collect()
}

fn with_argument() -> Vec<Case> {
    let appended =
        |uid_validity, ranges: &[(u32, u32)]| ResponseCode::AppendUid(AppendUid { uid_validity, uids: uids(ranges) });
    let copied = |uid_validity, source: &[(u32, u32)], target: &[(u32, u32)]| {
        ResponseCode::CopyUid(CopyUid { uid_validity, source: uids(source), target: uids(target) })
    };
    let table: Vec<(&'static [u8], ResponseCode)> = vec![
        (b"ANNOTATE TOOBIG", ResponseCode::Annotate(text("TOOBIG"))),
        (b"ANNOTATIONS 20000 NOPRIVATE", ResponseCode::Annotations(text("20000 NOPRIVATE"))),
        (b"APPENDUID 38505 3955", appended(38505, &[(3955, 3955)])),
        (b"APPENDUID 0 7:5,1", appended(0, &[(5, 7), (1, 1)])),
        (b"BADCHARSET", ResponseCode::BadCharset(vec![])),
        (b"BADCHARSET (UTF-8 \"US-ASCII\")", ResponseCode::BadCharset(vec![text("UTF-8"), text("US-ASCII")])),
        (b"BADEVENT (MessageNew FlagChange)", ResponseCode::BadEvent(vec![text("MessageNew"), text("FlagChange")])),
        (
            b"BADURL /INBOX;UIDVALIDITY=785799047/;UID=113330",
            ResponseCode::BadUrl(text("/INBOX;UIDVALIDITY=785799047/;UID=113330")),
        ),
        (b"CAPABILITY", ResponseCode::Capability(Capabilities::default())),
        (
            b"CAPABILITY IMAP4rev1 AUTH=PLAIN ",
            ResponseCode::Capability(["IMAP4rev1", "AUTH=PLAIN"].into_iter().collect()),
        ),
        (b"COPYUID 38505 304,319:320 3956:3958", copied(38505, &[(304, 304), (319, 320)], &[(3956, 3958)])),
        (b"DOWNGRADED 70,105,108", ResponseCode::Downgraded(uids(&[(70, 70), (105, 105), (108, 108)]))),
        (b"HIGHESTMODSEQ 18446744073709551615", ResponseCode::HighestModSeq(u64::MAX)),
        (b"INPROGRESS", ResponseCode::InProgress { tag: None, done: None, goal: None }),
        (
            b"INPROGRESS (\"A]1\" 454 1000)",
            ResponseCode::InProgress { tag: some("A]1"), done: Some(454), goal: Some(1000) },
        ),
        (b"INPROGRESS (NIL NIL NIL)", ResponseCode::InProgress { tag: None, done: None, goal: None }),
        (b"MAILBOXID (F2212ea87-6097)", ResponseCode::MailboxId(text("F2212ea87-6097"))),
        (b"MAXCONVERTMESSAGES 1", ResponseCode::MaxConvertMessages(1)),
        (b"MAXCONVERTPARTS 5", ResponseCode::MaxConvertParts(5)),
        (b"MESSAGELIMIT 1000", ResponseCode::MessageLimit { limit: 1000, uid: None }),
        (b"MESSAGELIMIT 1000 23221", ResponseCode::MessageLimit { limit: 1000, uid: Uid::new(23221) }),
        (b"METADATA LONGENTRIES 2199", ResponseCode::Metadata(text("LONGENTRIES 2199"))),
        (b"MODIFIED 7,9:12", ResponseCode::Modified(vec![(7, 7), (9, 12)])),
        (b"NEWNAME blurdybloop \"owatagusiam\"", ResponseCode::NewName(text("blurdybloop"), text("owatagusiam"))),
        (b"NOUPDATE \"B02\"", ResponseCode::NoUpdate(text("B02"))),
        (b"OBJECTID (ACCOUNTID u1 MAILBOXID f2 NEW x)", {
            let mut ids = ObjectIds::default();
            (ids.account, ids.mailbox) = (some("u1"), some("f2"));
            ids.other = vec![(text("NEW"), text("x"))];
            ResponseCode::ObjectIds(Box::new(ids))
        }),
        (
            b"PERMANENTFLAGS (\\Deleted \\Seen \\*)",
            ResponseCode::PermanentFlags([Flag::Deleted, Flag::Seen, Flag::Wildcard].into()),
        ),
        (b"PERMANENTFLAGS ()", ResponseCode::PermanentFlags(Flags::new())),
        (
            b"REFERRAL imap://[::1]/a imap://user;AUTH=*@h/b",
            ResponseCode::Referral(vec![text("imap://[::1]/a"), text("imap://user;AUTH=*@h/b")]),
        ),
        (b"UIDNEXT 4392", ResponseCode::UidNext(4392)),
        (b"UIDNEXT 0", ResponseCode::UidNext(0)),
        (b"UIDVALIDITY 4294967295", ResponseCode::UidValidity(4_294_967_295)),
        // MailEnable, and the greatest number that can be kept.
        (b"UIDVALIDITY 1666390893348", ResponseCode::UidValidity(1_666_390_893_348)),
        (b"UIDVALIDITY 18446744073709551615", ResponseCode::UidValidity(u64::MAX)),
        (b"UIDNEXT 4294967296", ResponseCode::UidNext(4_294_967_296)),
        (b"APPENDUID 1666390893348 3", appended(1_666_390_893_348, &[(3, 3)])),
        (b"COPYUID 1666390893348 3 4", copied(1_666_390_893_348, &[(3, 3)], &[(4, 4)])),
        (b"UNDEFINED-FILTER on-the-road", ResponseCode::UndefinedFilter(text("on-the-road"))),
        (b"UNSEEN 12", ResponseCode::Unseen(SeqNum::new(12))),
        // SmarterMail's 0 is no message.
        (b"UNSEEN 0", ResponseCode::Unseen(None)),
        (
            b"URLMECH INTERNAL XSAMPLE=P34OKhO7VEkCbsiYY8rGEg==",
            ResponseCode::UrlMech(text("INTERNAL XSAMPLE=P34OKhO7VEkCbsiYY8rGEg==")),
        ),
        (
            b"WEBALERT https://accounts.google.com/signin?a=b",
            ResponseCode::WebAlert(text("https://accounts.google.com/signin?a=b")),
        ),
        (b"XNEW", other("XNEW", b"")),
        (b"XNEW any (thing \"goes", other("XNEW", b"any (thing \"goes")),
    ];
    let line = |code: &[u8]| [b"A1 OK [", code, b"] done\r\n"].concat().leak() as &'static [u8];
    let mut cases: Vec<Case> =
        table.into_iter().map(|(bytes, code)| good(line(bytes), tagged("A1", Ok, Some(code), "done"))).collect();
    // Gmail sends codes without a text.
    cases.push(good(b"A OK [HIGHESTMODSEQ 9]\r\n", tagged("A", Ok, Some(ResponseCode::HighestModSeq(9)), "")));
    cases
}

fn unreadable() -> Vec<Case> {
    let empty = || ResponseCode::CopyUid(CopyUid { uid_validity: 7, source: uids(&[]), target: uids(&[]) });
    let copied =
        || ResponseCode::CopyUid(CopyUid { uid_validity: 5, source: uids(&[(1, 1)]), target: uids(&[(6, 6)]) });
    let charsets = || ResponseCode::BadCharset(vec![text("US-ASCII"), text("UTF-8")]);
    vec![
        noted(
            b"A OK [COPYUID 7  ] done\r\n",
            tagged("A", Ok, Some(empty()), "done"),
            &[("COPYUID without sets, as Outlook.com sends it when nothing was copied", b"7  ")],
        ),
        noted(b"* [COPYUID 5 1 6] x\r\n", untagged(Ok, Some(copied()), "x"), &[("a response code without OK", b"")]),
        noted(
            b"A NO [BADCHARSET US-ASCII UTF-8] x\r\n",
            tagged("A", No, Some(charsets()), "x"),
            &[("a list without parentheses", b"US-ASCII UTF-8")],
        ),
        noted(
            b"* OK [PERMANENTFLAGS *] x\r\n",
            untagged(Ok, Some(ResponseCode::PermanentFlags(Flag::Wildcard.into())), "x"),
            &[("flags that are not in parentheses", b"*")],
        ),
        noted(
            b"* OK [PERMANENTFLAGS (\\Seen *)] x\r\n",
            untagged(Ok, Some(ResponseCode::PermanentFlags([Flag::Seen, Flag::Wildcard].into())), "x"),
            &[("NIL, a bare * or a quoted string in a list of flags", b"(\\Seen *)")],
        ),
        noted(
            b"* OK [MAILBOXID F22] x\r\n",
            untagged(Ok, Some(ResponseCode::MailboxId(text("F22"))), "x"),
            &[("an object identifier without parentheses", b"F22")],
        ),
        noted(
            b"* NO [LIMIT 5] x\r\n",
            untagged(No, Some(ResponseCode::Limit), "x"),
            &[("an argument of a response code that takes none", b"5")],
        ),
        noted(b"* OK [UIDNEXT x] t\r\n", untagged(Ok, Some(other("UIDNEXT", b"x")), "t"), &[(UNREADABLE, b"x")]),
        noted(
            b"* OK [UIDNEXT 18446744073709551616] t\r\n",
            untagged(Ok, Some(other("UIDNEXT", b"18446744073709551616")), "t"),
            &[(UNREADABLE, b"18446744073709551616")],
        ),
        noted(
            b"* OK [UIDVALIDITY 5 6] t\r\n",
            untagged(Ok, Some(other("UIDVALIDITY", b"5 6")), "t"),
            &[(UNREADABLE, b"5 6")],
        ),
        noted(
            b"A OK [COPYUID 5 1:* 6] t\r\n",
            tagged("A", Ok, Some(other("COPYUID", b"5 1:* 6")), "t"),
            &[(UNREADABLE, b"5 1:* 6")],
        ),
        noted(
            b"A OK [APPENDUID 5 0] t\r\n",
            tagged("A", Ok, Some(other("APPENDUID", b"5 0")), "t"),
            &[(UNREADABLE, b"5 0")],
        ),
        noted(
            b"* OK [INPROGRESS (\"a]\" x)] t\r\n",
            untagged(Ok, Some(other("INPROGRESS", b"(\"a]\" x)")), "t"),
            &[(UNREADABLE, b"(\"a]\" x)")],
        ),
        noted(b"* OK [METADATA] t\r\n", untagged(Ok, Some(other("METADATA", b"")), "t"), &[(UNREADABLE, b"")]),
    ]
}
