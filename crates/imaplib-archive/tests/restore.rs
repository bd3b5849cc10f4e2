//! Messages of an archive to another account: all that they have, each once, whatever breaks off.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use imaplib::blocking::{Client, Session};
use imaplib::types::{DateTime, Flag, Flags, Uid};
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{
    Archive, ArchiveError, Cancel, CopyLedger, Event, Options, RestoreOptions, RestoreReport, SourceError,
};
use imaplib_testserver::{AccountHandle, Builder, Fault, Server};

const NAMES: [&str; 4] = ["INBOX", "Lists/rust", "Sent", "Empty"];

fn connect(server: &Server) -> Result<Session, imaplib::Error> {
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    Client::connect_with(&endpoint, &ConnectOptions::new())?.login("alice", "secret")
}

fn account(server: &Server) -> AccountHandle {
    server.store().account("alice")
}

fn text(number: usize) -> String {
    let body = "x".repeat(number * 37 % 500);
    // Some have no Message-ID, and three are the same.
    let id = if number % 7 == 3 { String::new() } else { format!("Message-ID: <{}@h>\r\n", number.max(3)) };
    format!("{id}Subject: {}\r\n\r\n{body}\r\n", number.max(3))
}

fn fill(account: &AccountHandle, mailbox: &str, count: usize) {
    for number in 0..count {
        let flags: Flags = match number % 3 {
            0 => [Flag::Seen, Flag::Answered].into_iter().collect(),
            1 => [Flag::Flagged, Flag::JUNK].into_iter().collect(),
            _ => Flags::new(),
        };
        let date = DateTime::from_unix(1_500_000_000 + number as i64 / 2 * 3600).unwrap();
        let number = if number < 3 { 0 } else { number };
        account.append_with(mailbox, flags, date, text(number)).unwrap();
    }
}

/// An archive of an account, and an empty account.
struct Place {
    source: Server,
    target: Server,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self::with(|builder| builder, 120)
    }

    fn with(change: impl FnOnce(Builder) -> Builder, count: usize) -> Self {
        let source = Server::builder().user("alice", "secret").start().unwrap();
        let from = account(&source);
        for name in NAMES.iter().skip(1) {
            from.create(name).unwrap();
        }
        from.set_special_use("Sent", &["\\Sent"]).unwrap();
        from.subscribe("Lists/rust", true).unwrap();
        fill(&from, "INBOX", count);
        fill(&from, "Lists/rust", count / 4);
        fill(&from, "Sent", 1);
        let target = change(Server::builder().user("alice", "secret")).start().unwrap();
        let place = Self { source, target, folder: tempfile::tempdir().unwrap() };
        place.backup();
        place
    }

    fn backup(&self) {
        let mut archive = Archive::open(self.folder.path(), "alice@source").unwrap();
        archive.backup(&mut || connect(&self.source), &Options::new(), &(), &Cancel::new()).unwrap();
    }

    fn restore(&self, options: &RestoreOptions) -> (RestoreReport, String) {
        self.restore_to(options, &mut || connect(&self.target))
    }

    fn restore_to(
        &self,
        options: &RestoreOptions,
        connect: &mut dyn FnMut() -> Result<Session, imaplib::Error>,
    ) -> (RestoreReport, String) {
        let said = RefCell::new(String::new());
        let observer = |event: &Event<'_>| {
            if !matches!(event, Event::Arrived | Event::Begins { .. } | Event::Expected(_)) {
                said.borrow_mut().push_str(&format!("{event}\n"));
            }
        };
        let mut source = || connect();
        let archive = Archive::open_to_repair(self.folder.path()).unwrap();
        let plan = archive.plan_restore("alice@target", &mut source, options, &observer, &Cancel::new()).unwrap();
        let report = plan.run(&observer, &Cancel::new()).unwrap();
        (report, said.into_inner())
    }

    fn assert_restored(&self) {
        for name in NAMES {
            assert_eq!(contents(&account(&self.target), name), contents(&account(&self.source), name), "{name}");
        }
    }
}

/// A text in a form that can be read: how long its body is, which is all the same.
fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    format!("{} bytes: {}", text.len(), text.trim_end().trim_end_matches('x'))
}

/// All that the messages of a mailbox have, in order.
fn contents(account: &AccountHandle, mailbox: &str) -> Vec<(String, i64, String)> {
    let messages = account.messages(mailbox).unwrap();
    let one = messages.into_iter().map(|message| {
        let mut flags: Vec<String> = message.flags.iter().map(|flag| flag.to_string()).collect();
        flags.sort();
        (text_of(&message.content.prefix(usize::MAX)), message.date.unix_timestamp(), flags.join(" "))
    });
    one.collect()
}

/// Without the waits of a real run.
fn quick() -> RestoreOptions {
    RestoreOptions::new().longest_pause(Duration::from_millis(1)).settling(Duration::from_millis(1))
}

fn sent(report: &RestoreReport) -> (u64, u64, bool) {
    assert!(report.ended_by.is_none(), "{report:?}");
    (report.total().sent, report.total().before, report.has_failures())
}

#[test]
fn all_that_a_message_has_is_restored_once() {
    type Change = fn(Builder) -> Builder;
    let changes: [Change; 5] = [
        |builder| builder.with("CREATE-SPECIAL-USE"),
        |builder| builder.without("MULTIAPPEND"),
        |builder| builder.without("UIDPLUS"),
        |builder| builder.without("UIDPLUS").without("MULTIAPPEND").without("LITERAL+"),
        |builder| builder.without("LIST-STATUS").without("NAMESPACE"),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let place = Place::with(change, 120);
        let (report, said) = place.restore(&quick());
        assert_eq!(sent(&report), (151, 0, false), "{number}: {said}");
        place.assert_restored();
        let target = connect(&place.target).unwrap().list("*").unwrap();
        let sent_mailbox = target.iter().find(|listing| listing.name.to_text() == "Sent").unwrap();
        assert_eq!(sent_mailbox.attributes.iter().any(|one| one.is_special_use()), number == 0, "{said}");
        assert_eq!(said.contains("special use \\Sent is not kept"), number != 0, "{said}");
        let subscribed = connect(&place.target).unwrap().list_subscribed("*").unwrap();
        assert!(subscribed.iter().any(|listing| listing.name.to_text() == "Lists/rust"), "{subscribed:?}");
        let before = place.target.commands().len();
        let (report, said) = place.restore(&quick());
        assert_eq!((sent(&report), said.as_str()), ((0, 151, false), ""), "{number}");
        let commands = place.target.commands();
        assert!(commands.iter().skip(before).all(|line| !line.contains("APPEND") && !line.contains("CREATE")));
        place.assert_restored();
    }
}

#[test]
fn a_connection_that_is_lost_at_any_byte_costs_and_doubles_nothing() {
    for bytes in (600..9000).step_by(700) {
        for capability in ["NOTHING", "MULTIAPPEND", "UIDPLUS"] {
            let fault = Fault::CutAfter { bytes };
            let place = Place::with(|builder| builder.without(capability).fault_on(1, fault), 40);
            let (report, said) = place.restore(&quick());
            assert!(!report.has_failures() && report.ended_by.is_none(), "{bytes} {capability}: {said}");
            place.assert_restored();
            assert_eq!(report.total().sent + report.total().before, 51, "{bytes} {capability}: {said}");
        }
    }
}

#[test]
fn a_run_that_ends_at_any_byte_is_continued_by_the_next() {
    let mut settled = 0;
    for bytes in (600..3600).step_by(60) {
        let place = Place::with(|builder| builder.fault_on(0, Fault::CutAfter { bytes }), 8);
        let mut first = Some(());
        let archive = Archive::open_to_repair(place.folder.path()).unwrap();
        let mut once = || match first.take() {
            Some(()) => connect(&place.target),
            None => Client::connect("imap+insecure://127.0.0.1:1").map(|_| unreachable!()),
        };
        let options = quick();
        let ended = archive
            .plan_restore("alice@target", &mut once, &options, &(), &Cancel::new())
            .and_then(|plan| plan.run(&(), &Cancel::new()));
        assert!(ended.as_ref().map_or(true, |report| report.ended_by.is_some() || bytes > 2000), "{bytes}");
        drop(ended);
        drop(archive);
        let (report, said) = place.restore(&quick());
        assert!(report.ended_by.is_none() && !report.has_failures(), "{bytes}: {said}");
        settled += usize::from(said.contains("on the way"));
        place.assert_restored();
    }
    assert!(settled > 0);
}

#[test]
fn what_is_there_is_not_sent_again() {
    let place = Place::new();
    let there = account(&place.target);
    for message in account(&place.source).messages("INBOX").unwrap().into_iter().skip(60) {
        there.append_with("INBOX", message.flags.clone(), message.date, message.content).unwrap();
    }
    let (report, said) = place.restore(&quick());
    // Those without a Message-ID can be others.
    let total = report.total();
    assert!(total.there > 45 && total.there + total.sent == 151, "{said} {total:?}");
    let count = there.messages("INBOX").unwrap().len() as u64;
    assert_eq!(count, 60 + report.mailboxes["INBOX"].sent);
    assert_eq!(sent(&place.restore(&quick()).0), (0, 151, false));
}

#[test]
fn the_account_itself_gets_back_what_it_has_lost() {
    let place = Place::new();
    let from = account(&place.source);
    let before = contents(&from, "INBOX");
    for message in from.messages("INBOX").unwrap().into_iter().step_by(3) {
        from.expunge("INBOX", message.uid).unwrap();
    }
    let (report, said) = place.restore_to(&quick(), &mut || connect(&place.source));
    let total = report.total();
    assert_eq!((total.sent, total.there, report.has_failures()), (40, 111, false), "{said}");
    let sorted = |mut contents: Vec<(String, i64, String)>| {
        contents.sort();
        contents
    };
    assert_eq!(sorted(contents(&from, "INBOX")), sorted(before));
}

#[test]
fn only_what_is_chosen_is_sent_and_under_chosen_names() {
    let place = Place::new();
    account(&place.source).expunge("INBOX", Uid::new(5).unwrap()).unwrap();
    place.backup();
    let options = quick().mailboxes(vec!["INBOX".to_owned(), "Lists/%".to_owned()]).map("Lists", "Old/Lists");
    let (report, _) = place.restore(&options.clone().since(Some(1_500_000_000 + 10 * 3600)));
    assert_eq!(sent(&report).0, 100 + 10);
    let names = account(&place.target).mailboxes().unwrap();
    assert_eq!(names, ["INBOX", "Old", "Old/Lists", "Old/Lists/rust"]);
    assert_eq!(sent(&place.restore(&options).0), (39, 110, false));
    assert_eq!(sent(&place.restore(&options.clone().gone(true)).0), (1, 149, false));
    // What was removed from the target is said, and sent again only if that is wanted.
    account(&place.target).expunge("INBOX", Uid::new(7).unwrap()).unwrap();
    let (report, said) = place.restore(&options.clone().gone(true));
    assert_eq!((sent(&report), report.total().gone), ((0, 150, false), 1));
    assert!(said.contains("INBOX: 1 message that earlier runs had sent: not there any more"), "{said}");
    assert_eq!(sent(&place.restore(&options.clone().gone(true).again(true)).0), (1, 149, false));
    // A mailbox that was recreated has nothing of what was sent.
    account(&place.target).renew_uid_validity("INBOX").unwrap();
    let report = place.restore(&options.gone(true)).0;
    assert!(report.mailboxes["INBOX"].there > 90, "{report:?}");
    let unknown = quick().map("Nowhere", "x");
    let archive = Archive::open_to_repair(place.folder.path()).unwrap();
    let mut target = || connect(&place.target);
    let refused = archive.plan_restore("t", &mut target, &unknown, &(), &Cancel::new());
    assert!(matches!(refused, Err(ArchiveError::NoMailbox(name)) if name == "Nowhere"));
}

#[test]
fn a_message_that_fails_costs_itself_alone() {
    let limit = |builder: Builder| builder.with("APPENDLIMIT").settings(|settings| settings.literal_limit(400));
    let place = Place::with(limit, 40);
    let big = account(&place.source).messages("INBOX").unwrap();
    let big = big.iter().filter(|message| message.content.len() > 400).count() as u64;
    let (report, said) = place.restore(&quick());
    let refused = |report: &RestoreReport, place: &Place| {
        let there = account(&place.target).messages("INBOX").unwrap().len() as u64;
        assert_eq!((report.mailboxes["INBOX"].refused, report.failed_mailboxes), (40 - there, 0));
        assert!((big..big + 10).contains(&(40 - there)) && report.has_failures());
    };
    refused(&report, &place);
    assert!(said.contains("accepts no more than 400 (APPENDLIMIT)"), "{said}");

    // The same, found out by refusals.
    let place = Place::with(|builder| builder.settings(|settings| settings.literal_limit(400)), 40);
    let (report, said) = place.restore(&quick());
    refused(&report, &place);
    assert!(said.contains("was refused: "), "{said}");

    // A file that is not what was stored.
    let place = Place::new();
    let cur = place.folder.path().join("INBOX/cur");
    let file = std::fs::read_dir(&cur).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (report, said) = place.restore(&quick());
    assert_eq!((report.total().failed, report.total().sent), (1, 150), "{said}");
    assert!(said.contains("cannot be read") && said.contains("is not as it was stored"), "{said}");
}

#[test]
fn a_full_account_is_given_up_and_named() {
    let refuse = Fault::Refuse { command: "APPEND".to_owned(), with: "NO [OVERQUOTA] full".to_owned() };
    let place = Place::with(|builder| builder.fault(refuse), 40);
    let (report, said) = place.restore(&quick());
    assert_eq!((report.total().refused, report.total().sent, report.failed_mailboxes), (10 + 10 + 1, 0, 2), "{said}");
    assert!(said.contains("given up after 10 refusals"), "{said}");

    let place = Place::with(|builder| builder.with("QUOTA"), 40);
    account(&place.target).set_quota(Some(2), None).unwrap();
    let archive = Archive::open_to_repair(place.folder.path()).unwrap();
    let options = quick();
    let mut source = || connect(&place.target);
    let plan = archive.plan_restore("t", &mut source, &options, &(), &Cancel::new()).unwrap();
    let bytes: u64 = plan.mailboxes().iter().filter_map(|planned| planned.bytes).sum();
    assert_eq!(plan.lacks(), Some(bytes - 2048));
}

#[test]
fn flags_that_the_target_cannot_keep_are_named() {
    let permanent = Fault::ReplaceLine {
        containing: "PERMANENTFLAGS".to_owned(),
        with: b"* OK [PERMANENTFLAGS (\\Seen \\Flagged)] Few\r\n".to_vec(),
    };
    let place = Place::with(|builder| builder.fault(permanent), 30);
    let (report, said) = place.restore(&quick());
    assert_eq!((report.mailboxes["INBOX"].without_flags, report.has_failures()), (20, true), "{said}");
    assert!(said.contains("INBOX: the target cannot keep the flags $Junk \\Answered (of 20 messages)"), "{said}");
    let flags: BTreeMap<String, usize> =
        contents(&account(&place.target), "INBOX").into_iter().fold(BTreeMap::new(), |mut counts, (_, _, flags)| {
            *counts.entry(flags).or_default() += 1;
            counts
        });
    assert_eq!(
        flags,
        [("", 10), ("\\Flagged", 10), ("\\Seen", 10)].map(|(flag, count)| (flag.to_owned(), count)).into()
    );
}

#[test]
fn what_the_target_changed_is_named() {
    // One message has another size there than what was sent.
    let row = Fault::ReplaceLine { containing: "* 2 FETCH".to_owned(), with: Vec::new() };
    let place = Place::with(|builder| builder.fault(row), 12);
    let (report, said) = place.restore(&quick());
    assert!(said.contains("INBOX: the target accepted 1 message and does not have them: UID 2 there"), "{said}");
    assert_eq!(report.mailboxes["INBOX"].failed, 1);
}

#[test]
fn a_message_that_costs_the_connection_each_time_is_left_out() {
    let place = Place::with(|builder| builder.fault(Fault::CloseOn { command: "APPEND".to_owned() }), 3);
    let (report, said) = place.restore(&quick());
    assert_eq!((report.total().sent, report.ended_by.is_none()), (0, true), "{said}");
    assert!(said.contains("is left out: the connection was lost each time that it was sent"), "{said}");
    assert!(report.failed_mailboxes > 0);
}

#[test]
fn a_long_message_streams_in_both_ways() {
    let place = Place::with(|builder| builder, 4);
    let from = account(&place.source);
    from.append_synthetic("INBOX", 9_000_000).unwrap();
    place.backup();
    let (report, said) = place.restore(&quick());
    assert_eq!(sent(&report), (7, 0, false), "{said}");
    // The same from a server.
    let copied = Server::builder().user("alice", "secret").start().unwrap();
    let ledger = CopyLedger::open(place.folder.path().join("ledger"), "a", "b").unwrap();
    let (mut origin, mut target) = (|| connect(&place.source), || connect(&copied));
    let plan = ledger.plan(&mut origin, &mut target, &quick(), false, &(), &Cancel::new()).unwrap();
    assert_eq!(sent(&plan.run(&(), &Cancel::new()).unwrap()), (7, 0, false));
    for server in [&place.target, &copied] {
        let (expected, found) = (from.messages("INBOX").unwrap(), account(server).messages("INBOX").unwrap());
        let whole = |content: &imaplib_testserver::Content| content.prefix(usize::MAX);
        assert!(whole(&expected[4].content) == whole(&found[4].content) && found.len() == 5);
    }
    let second = CopyLedger::open(place.folder.path().join("ledger"), "a", "b");
    assert!(matches!(second, Err(ArchiveError::LedgerInUse { .. })));
}

#[test]
fn no_login_is_no_plan() {
    let place = Place::with(|builder| builder, 1);
    let archive = Archive::open_to_repair(place.folder.path()).unwrap();
    struct Never;
    impl imaplib_archive::Source for Never {
        fn connect(&mut self) -> Result<Session, SourceError> {
            Err(SourceError::new("no"))
        }
    }
    let mut never = Never;
    let refused = archive.plan_restore("t", &mut never, &quick(), &(), &Cancel::new());
    assert!(matches!(refused, Err(ArchiveError::Connect(_))));
}
