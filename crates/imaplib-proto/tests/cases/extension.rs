//! SORT, THREAD, access control lists and quotas.

use super::{Case, good, noted};
use imaplib_proto::types::{
    Acl, Annotation, ListRights, MailboxName, Metadata, MetadataEntry, MyRights, Quota, QuotaResource, QuotaRoots,
    Response, Rights, SearchResult, Threads, Untagged,
};

fn sort(numbers: &[(u32, u32)], mod_seq: Option<u64>) -> Response {
    Response::Untagged(Untagged::Sort(make!(SearchResult {
        numbers: numbers.to_vec(),
        mod_seq,
        ..SearchResult::default()
    })))
}

fn threads(nodes: &[(u32, Option<usize>)]) -> Response {
    let number = |number: u32| (number != 0).then_some(number);
    let nodes = nodes.iter().map(|&(of, parent)| (number(of), parent));
    Response::Untagged(Untagged::Thread(Threads::new(nodes)))
}

pub fn quota(root: &str, resources: &[(&str, u64, u64)]) -> Response {
    let resource = |&(name, usage, limit): &(&str, u64, u64)| QuotaResource { name: name.into(), usage, limit };
    let resources = resources.iter().map(resource).collect();
    Response::Untagged(Untagged::Quota(Quota::new(root.into(), resources)))
}

fn rights(letters: &str) -> Rights {
    Rights::new(letters).unwrap()
}

fn name(text: &str) -> MailboxName {
    MailboxName::new(text).unwrap()
}

pub fn cases() -> Vec<Case> {
    let acl = |entries: &[(&str, &str)]| {
        let entries = entries.iter().map(|(who, letters)| ((*who).into(), rights(letters))).collect();
        Response::Untagged(Untagged::Acl(Acl::new(MailboxName::inbox(), entries)))
    };
    let my_rights = MyRights::new(name("a b"), rights("rwiptsldaex"));
    let list_rights =
        ListRights::new(name("~/Mail/saved"), "smith".into(), rights("la"), vec![rights("r"), rights("swicd")]);
    let no_rights = ListRights::new(name("x"), "anyone".into(), rights(""), vec![rights("l"), rights("0")]);
    let roots = |roots: &[&str]| {
        let roots = roots.iter().map(|root| (*root).into()).collect();
        Response::Untagged(Untagged::QuotaRoots(QuotaRoots::new(MailboxName::inbox(), roots)))
    };
    let metadata = |entries: &[(&str, Option<&'static [u8]>)], changed: &[&str]| {
        let entries = entries
            .iter()
            .map(|(name, value)| MetadataEntry::new(*name, value.map(bytes::Bytes::from_static)))
            .collect();
        let changed = changed.iter().map(|entry| (*entry).into()).collect();
        Response::Untagged(Untagged::Metadata(make!(Metadata {
            changed,
            ..Metadata::new(MailboxName::inbox(), entries)
        })))
    };
    let annotation = |attributes: &[(&str, Option<&str>)]| {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), value.map(Into::into))).collect();
        let entry = "/comment".into();
        Response::Untagged(Untagged::Annotation(Annotation::new(MailboxName::inbox(), entry, attributes)))
    };
    vec![
        good(
            b"* METADATA \"INBOX\" (/private/comment \"a\" /shared/x NIL /y ~{3}\r\na\0b)\r\n",
            metadata(&[("/private/comment", Some(b"a")), ("/shared/x", None), ("/y", Some(b"a\0b"))], &[]),
        ),
        good(b"* METADATA INBOX /shared/comment /private/x\r\n", metadata(&[], &["/shared/comment", "/private/x"])),
        good(
            b"* ANNOTATION INBOX \"/comment\" (\"value.priv\" \"x\" \"value.shared\" NIL)\r\n",
            annotation(&[("value.priv", Some("x")), ("value.shared", None)]),
        ),
        good(b"* ANNOTATION INBOX /comment\r\n", annotation(&[])),
        good(b"* SORT 2 84 882\r\n", sort(&[(2, 2), (84, 84), (882, 882)], None)),
        good(b"* SORT\r\n", sort(&[], None)),
        good(b"* SORT 9 1 2 3 (MODSEQ 917162500)\r\n", sort(&[(9, 9), (1, 3)], Some(917_162_500))),
        good(
            b"* THREAD (2)(3 6 (4 23)(44 7 96))\r\n",
            threads(&[
                (2, None),
                (3, None),
                (6, Some(1)),
                (4, Some(2)),
                (23, Some(3)),
                (44, Some(2)),
                (7, Some(5)),
                (96, Some(6)),
            ]),
        ),
        good(
            b"* THREAD (1)(2 3)(4 (5)(6 7))((8)(9))\r\n",
            threads(&[
                (1, None),
                (2, None),
                (3, Some(1)),
                (4, None),
                (5, Some(3)),
                (6, Some(3)),
                (7, Some(5)),
                (0, None),
                (8, Some(7)),
                (9, Some(7)),
            ]),
        ),
        good(b"* THREAD\r\n", threads(&[])),
        good(b"* ACL INBOX Fred rwipslda \"-a b\" lr\r\n", acl(&[("Fred", "rwipslda"), ("-a b", "lr")])),
        good(b"* ACL INBOX\r\n", acl(&[])),
        good(b"* MYRIGHTS \"a b\" rwiptsldaex\r\n", Response::Untagged(Untagged::MyRights(my_rights))),
        good(b"* LISTRIGHTS ~/Mail/saved smith la r swicd\r\n", Response::Untagged(Untagged::ListRights(list_rights))),
        good(b"* LISTRIGHTS x anyone \"\" l 0\r\n", Response::Untagged(Untagged::ListRights(no_rights))),
        good(b"* QUOTA \"\" (STORAGE 10 512)\r\n", quota("", &[("STORAGE", 10, 512)])),
        good(
            b"* QUOTA \"User quota\" (STORAGE 5000000000 9000000000 MESSAGE 1 2)\r\n",
            quota("User quota", &[("STORAGE", 5_000_000_000, 9_000_000_000), ("MESSAGE", 1, 2)]),
        ),
        good(b"* QUOTA x ()\r\n", quota("x", &[])),
        incomplete(b"* QUOTA \"\" (STORAGE x 512 MESSAGE 1 2)\r\n", b"STORAGE x 512"),
        incomplete(b"* QUOTA \"\" (STORAGE 5 -1 MESSAGE 1 2)\r\n", b"STORAGE 5 -1 "),
        incomplete(b"* QUOTA \"\" (STORAGE 5 unlimited MESSAGE 1 2)\r\n", b"STORAGE 5 unlimited "),
        incomplete(b"* QUOTA \"\" (MESSAGE 1 2 STORAGE)\r\n", b"STORAGE"),
        incomplete(b"* QUOTA \"\" (STORAGE 5 MESSAGE 1 2)\r\n", b"STORAGE 5 "),
        incomplete(b"* QUOTA \"\" ((5) MESSAGE 1 2)\r\n", b"(5)"),
        incomplete(
            b"* QUOTA \"\" (STORAGE 5 99999999999999999999 MESSAGE 1 2)\r\n",
            b"STORAGE 5 99999999999999999999 ",
        ),
        good(b"* QUOTAROOT INBOX \"\" b\r\n", roots(&["", "b"])),
        good(b"* QUOTAROOT INBOX\r\n", roots(&[])),
    ]
}

/// A quota of which the resource MESSAGE can be read, and nothing else.
fn incomplete(line: &'static [u8], left_out: &'static [u8]) -> Case {
    let mut quota = Quota::new("".into(), vec![QuotaResource { name: "MESSAGE".into(), usage: 1, limit: 2 }]);
    quota.is_complete = false;
    let reason = "a resource without two numbers, left out of a quota";
    noted(line, Response::Untagged(Untagged::Quota(quota)), &[(reason, left_out)])
}
