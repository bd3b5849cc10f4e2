//! The table of extensions: `docs/extensions.md`.
//!
//! A server is named in a row if it lists the extension and passes the case that uses it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use imaplib::types::{Capabilities, Capability};

use crate::coverage::{COLUMNS, Outcome};

/// An extension.
pub struct Extension {
    /// What the server lists.
    name: &'static str,
    rfc: &'static str,
    /// How it is used.
    call: &'static str,
    /// What the library does where the server has it not.
    fallback: &'static str,
    /// The verb of the tool.
    tool: &'static str,
    /// The case of the conformance suite, or a test against a scripted server, as `FILE::TEST`.
    case: &'static str,
}

#[rustfmt::skip]
const EXTENSIONS: &[Extension] = &[
    row("ACL", "4314", "`Session::get_acl`, `set_acl`, `delete_acl`, `list_rights`, `my_rights`", "–", "`imap acl`", "acl"),
    row("ANNOTATE-EXPERIMENT-1", "5257", "`Mailbox::annotate`, `FetchItem::Annotation`, `Fetch::annotations`, `Search::annotation`", "–", "–", "annotate"),
    row("APPENDLIMIT", "7889", "`Capabilities::append_limit`, `MailboxStatus::append_limit`", "–", "–", "status_more"),
    row("BINARY", "3516", "`FetchItem::Binary`, `FetchItem::BinarySize`, `AppendMessage::binary`", "–", "–", "fetch_binary"),
    row("CATENATE", "4469", "`Session::catenate`, `MessageUrl`", "–", "–", "catenate"),
    row("CHILDREN", "3348", "`Session::list`, `MailboxAttribute::HasChildren`", "–", "`imap folders`", "children"),
    row("COMPRESS=DEFLATE", "4978", "`Session::compress`", "–", "–", "compress"),
    row("CONDSTORE", "7162", "`Mailbox::fetch_changed_since`, `Mailbox::store_unchanged_since`, `Search::changed_since`", "–", "`imap backup`", "fetch_mod_seq"),
    row("CONTEXT=SEARCH", "5267", "`Mailbox::live_search`, `cancel_updates`, `SearchReturn::Partial`", "–", "–", "live_search"),
    row("CONTEXT=SORT", "5267", "`Mailbox::live_sort`, `sort_return` with `SearchReturn::Partial`", "–", "–", "live_sort"),
    row("CONVERT", "5259", "by `command::Raw` alone: no server is known to have it, so that nothing would show whether a type of its own is right", "–", "–", "–"),
    row("CREATE-SPECIAL-USE", "6154", "`Session::create_special_use`", "–", "–", "create_special_use"),
    row("ENABLE", "5161", "`Session::enable`", "–", "–", "enable"),
    row("ESEARCH", "4731", "`Mailbox::search_return`, `Mailbox::search`", "SEARCH, for `search`", "`imap search`", "search_return"),
    row("ESORT", "5267", "`Mailbox::sort_return`", "–", "–", "sort_return"),
    row("FILTERS", "5466", "`Search::filter`", "–", "`imap search`", "clients/cases/rare_servers.rs::what_is_listed_nowhere_else"),
    row("I18NLEVEL=1", "5255", "nothing to call: `Mailbox::search` compares by it", "–", "`imap search`", "search_charset"),
    row("I18NLEVEL=2", "5255", "`Session::comparator`", "–", "–", "comparator"),
    row("ID", "2971", "`Session::id`", "–", "`imap check`", "id"),
    row("IDLE", "2177", "`Mailbox::idle`, `Session::idle`", "NOOP now and then", "`imap watch`", "idle"),
    row("IMAP4", "1730", "`command::PartialFetch`, `FetchItem::Rfc822Peek`", "–", "–", "clients/cases/rare_servers.rs::a_server_of_rfc_1730"),
    row("IMAP4rev1", "3501", "all calls", "–", "all verbs", "connection"),
    row("IMAP4rev2", "9051", "`ConnectOptions::revision`; enabled by itself where the server does not list all parts of it by name", "IMAP4rev1", "all verbs", "rev2"),
    row("INPROGRESS", "9585", "`ResponseCode::InProgress` among the events; it extends the timeouts", "–", "–", "../../imaplib-proto/tests/extensions.rs::a_server_that_reports_its_work_makes_progress"),
    row("JMAPACCESS", "9698", "`Session::jmap_access`", "–", "–", "jmap_access"),
    row("LANGUAGE", "5255", "`Session::language`", "–", "–", "language"),
    row("LIST-EXTENDED", "5258", "`Session::list_extended`, `Session::list_subscribed`", "LSUB, for `list_subscribed`", "`imap folders`", "list_extended"),
    row("LIST-METADATA", "9590", "`ListReturn::Metadata`, `ListedMailbox::metadata`", "–", "–", "list_returns"),
    row("LIST-MYRIGHTS", "8440", "`ListReturn::MyRights`, `ListedMailbox::rights`", "–", "–", "list_returns"),
    row("LIST-STATUS", "5819", "`Session::list_status`", "LIST, then STATUS of each", "`imap folders`", "list_status"),
    row("LITERAL+", "7888", "nothing to call: `Session::append_all` does not wait", "it waits", "`imap append`", "append_all"),
    row("LITERAL-", "7888", "nothing to call: `Session::append` does not wait for short literals", "it waits", "`imap append`", "append_all"),
    row("LOGIN-REFERRALS", "2221", "`ResponseCode::Referral`; never followed", "–", "–", "login_refused"),
    row("LOGINDISABLED", "9051", "nothing to call: `Client::login` does not send a password then", "–", "all verbs", "clients/cases/trust.rs::login_is_obeyed_where_it_is_disabled"),
    row("MAILBOX-REFERRALS", "2193", "`command::RList`, `command::RLsub`, `ResponseCode::Referral`", "–", "–", "remote_lists"),
    row("MESSAGELIMIT", "9738", "nothing to call: `Mailbox::search`, `fetch`, `store`, `move_messages` and `expunge_uids` go on where the server stopped; `Capabilities::message_limit`", "–", "all verbs", "clients/cases/rare_servers.rs::commands_go_on_where_the_server_stopped"),
    row("METADATA", "5464", "`Session::get_metadata`, `Session::set_metadata`", "`Session::get_annotation`, of the draft before it", "–", "metadata"),
    row("METADATA-SERVER", "5464", "`Session::get_metadata` of an empty name", "–", "–", "clients/cases/rare_servers.rs::what_is_listed_nowhere_else"),
    row("MOVE", "6851", "`Mailbox::move_messages`", "COPY, STORE, UID EXPUNGE", "`imap move`", "move_messages"),
    row("MULTIAPPEND", "3502", "`Session::append_together`", "–", "–", "append_together"),
    row("MULTISEARCH", "7377", "`Session::search_mailboxes`", "–", "–", "multi_search"),
    row("NAMESPACE", "2342", "`Session::namespace`", "–", "`imap folders`", "namespace"),
    row("NOTIFY", "5465", "`command::Notify`, `Watch`", "IDLE, and STATUS now and then, for `Watch`", "`imap watch`", "notify"),
    row("OBJECTID", "8474", "`FetchItem::EmailId`, `FetchItem::ThreadId`, `Fetch::email_id`, `Fetch::thread_id`, `Search::email_id`, `Search::thread_id`, `Session::find_renamed`", "–", "`imap show`", "search_object_ids"),
    row("OBJECTID+", "draft", "`FetchItem::ObjectIds`, `Fetch::object_ids`, `StatusItem::ObjectIds`, `SelectOptions::by_id`, `ResponseCode::ObjectIds`", "–", "–", "object_ids"),
    row("PARTIAL", "9394", "`Mailbox::fetch_page`, `SearchReturn::Partial`", "–", "–", "fetch_page"),
    row("PREVIEW", "8970", "`FetchItem::Preview`, `FetchItem::PreviewLazy`, `Fetch::preview`", "–", "–", "preview_lazy"),
    row("QRESYNC", "7162", "`Session::select_with`, `Mailbox::changes`", "CONDSTORE, or comparing, for `changes`", "`imap backup`", "resync"),
    row("QUOTA", "9208", "`Session::get_quota`, `Session::get_quota_root`", "–", "`imap quota`", "quota"),
    row("QUOTA=RES-STORAGE", "9208", "`Capabilities::quota_resources`, `QuotaResource`", "–", "`imap quota`", "quota_resources"),
    row("QUOTASET", "9208", "`Session::set_quota`", "–", "–", "quota"),
    row("REPLACE", "8508", "`Mailbox::replace`", "APPEND, STORE, UID EXPUNGE", "–", "replace"),
    row("SCRAM-SHA-1", "5802", "`Client::login`, `ScramSha1`", "CRAM-MD5, PLAIN, LOGIN", "all verbs", "login_scram_sha1"),
    row("SCRAM-SHA-256", "7677", "`Client::login`, `ScramSha256`", "SCRAM-SHA-1", "all verbs", "login_scram_sha256"),
    row("SCRAM-SHA-512", "draft", "`Client::login`, `ScramSha512`", "SCRAM-SHA-256", "all verbs", "login_scram_sha512"),
    row("SCRAM-SHA-1-PLUS", "5802", "`Client::login`, `ScramSha1::plus`, `bound_to`, `TlsInfo::channel_binding`", "SCRAM-SHA-1", "all verbs", "login_bound"),
    row("SCRAM-SHA-256-PLUS", "7677", "`Client::login`, `ScramSha256::plus`", "SCRAM-SHA-256", "all verbs", "login_bound"),
    row("SASL-IR", "4959", "nothing to call: `Client::authenticate` saves a round trip", "the server is awaited", "all verbs", "login_plain"),
    row("RIGHTS", "4314", "`Capabilities::rights`", "–", "`imap acl`", "acl"),
    row("SAVELIMIT", "9738", "`Capabilities::save_limit`", "–", "–", "clients/cases/rare_servers.rs::what_is_listed_nowhere_else"),
    row("SAVEDATE", "8514", "`FetchItem::SaveDate`, `Fetch::save_date`, `Search::saved_since`, `saved_before`, `saved_on`, `save_date_supported`", "–", "`imap search`", "search_save_dates"),
    row("SEARCH=FUZZY", "6203", "`Search::fuzzy`, `SearchReturn::Relevancy`", "–", "`imap search`", "search_fuzzy"),
    row("SEARCHRES", "5182", "`SearchReturn::Save`, `MessageSet::SavedSearch`, `Search::saved`", "–", "–", "search_saved"),
    row("SORT", "5256", "`Mailbox::sort`", "the tool sorts by itself", "`imap sort`", "sort"),
    row("SORT=DISPLAY", "5957", "`SortKey::DisplayFrom`, `SortKey::DisplayTo`", "the tool sorts by itself", "`imap sort`", "sort_display"),
    row("SPECIAL-USE", "6154", "`Session::list_special_use`", "XLIST, or attributes of a plain LIST", "`imap folders`", "special_use"),
    row("STARTTLS", "9051", "`Endpoint::starttls`", "never clear text instead", "all verbs", "connection"),
    row("STATUS=SIZE", "8438", "`Session::status` with `StatusItem::Size`", "left out", "`imap folders`", "status_more"),
    row("THREAD=ORDEREDSUBJECT", "5256", "`Mailbox::thread`", "the tool finds threads by itself", "`imap thread`", "thread_subject"),
    row("THREAD=REFERENCES", "5256", "`Mailbox::thread`", "the tool finds threads by itself", "`imap thread`", "thread_references"),
    row("THREAD=REFS", "draft", "`ThreadAlgorithm::Refs`", "the tool finds threads by itself", "`imap thread`", "thread_refs"),
    row("UIDBATCHES", "10022", "`Mailbox::uid_batches`", "a search for all messages", "–", "uid_batches"),
    row("UIDONLY", "9586", "`Session::enable` with `UIDONLY`; calls by UID", "–", "–", "uid_only"),
    row("UIDPLUS", "4315", "`Mailbox::expunge_uids`, `AppendUid`, `CopyUid`", "–", "`imap delete`", "uid_expunge"),
    row("UNAUTHENTICATE", "8437", "`Session::unauthenticate`", "–", "–", "unauthenticate"),
    row("UNSELECT", "3691", "`Mailbox::unselect`", "EXAMINE and CLOSE", "–", "unselect"),
    row("URL-PARTIAL", "5550", "`MessageUrl::partial`", "–", "–", "clients/cases/rare_servers.rs::what_is_listed_nowhere_else"),
    row("URLAUTH", "4467", "`Session::sign_urls`, `fetch_urls`, `reset_url_key`", "–", "–", "url_auth"),
    row("URLAUTH=BINARY", "5524", "`UrlFetch::binary`", "–", "–", "clients/cases/rare_servers.rs::what_is_listed_nowhere_else"),
    row("UTF8=ACCEPT", "9755", "`Session::enable` with `UTF8=ACCEPT`", "modified UTF-7", "–", "utf8"),
    row("UTF8=ONLY", "9755", "`Session::enable` with `UTF8=ACCEPT`", "–", "–", "clients/cases/rare_servers.rs::what_is_listed_nowhere_else"),
    row("WITHIN", "5032", "`Search::younger`, `Search::older`", "–", "`imap search`", "search_within"),
    row("X-GM-EXT-1", "Gmail", "`FetchItem::GmailMessageId`, `GmailThreadId`, `GmailLabels`, `Mailbox::store_labels`, `Fetch::labels`, `Fetch::gmail_message_id`, `Search::gmail_raw`", "–", "`imap search`", "clients/cases/rare_servers.rs::what_gmail_knows_of_a_message"),
    row("XLIST", "Gmail", "`command::XList`", "–", "–", "xlist"),
];

const fn row(
    name: &'static str,
    rfc: &'static str,
    call: &'static str,
    fallback: &'static str,
    tool: &'static str,
    case: &'static str,
) -> Extension {
    Extension { name, rfc, call, fallback, tool, case }
}

/// The columns that were seen, and for each extension whether it was used there.
static SEEN: Mutex<BTreeMap<&'static str, Vec<bool>>> = Mutex::new(BTreeMap::new());

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// Holds what was seen on a server against the table. With `UPDATE_COVERAGE=1` the table is written instead. The capabilities are those before and after login.
pub fn compare(column: &'static str, outcomes: &[Outcome], capabilities: &[Capabilities]) {
    if !servers().any(|server| server == column) {
        return;
    }
    let passed = |case: &str| {
        let cases = crate::blocking::CASES.iter().zip(outcomes);
        cases.filter(|((name, ..), _)| *name == case).any(|(_, outcome)| *outcome == Outcome::Passed)
    };
    let listed = |name: &str| {
        capabilities.iter().any(|list| list.has_name(name) || list.values(name).next().is_some() || list.has_auth(name))
    };
    let used = |extension: &Extension| listed(extension.name) && passed(extension.case);
    let used: Vec<bool> = EXTENSIONS.iter().map(used).collect();
    if std::env::var_os("UPDATE_COVERAGE").is_some() {
        let mut seen = SEEN.lock().unwrap();
        // One server is reached in several ways.
        let entry = seen.entry(column).or_insert_with(|| used.clone());
        entry.iter_mut().zip(&used).for_each(|(all, used)| *all |= used);
        let text = table(&seen);
        std::fs::write(file("docs/extensions.md"), text).unwrap();
        return;
    }
    let text = std::fs::read_to_string(file("docs/extensions.md")).unwrap_or_default();
    for (extension, used) in EXTENSIONS.iter().zip(used) {
        let named = is_named(&text, extension, column);
        assert!(
            named == used,
            "docs/extensions.md says of {} on {column} that it was {}seen, which is wrong: write the table again with \
             `UPDATE_COVERAGE=1 cargo test -p imaplib --all-features --test conformance`",
            extension.name,
            if named { "" } else { "not " },
        );
    }
}

/// Whether the page names a server as one on which the extension was seen.
fn is_named(text: &str, extension: &Extension, column: &str) -> bool {
    let row = rows(text).find(|row| row.first() == Some(&extension.name));
    row.and_then(|row| row.last().copied()).unwrap_or_default().split(", ").any(|name| name == column)
}

/// The servers, each once: another revision of the protocol does not make another server, nor do sessions without numbers.
fn servers() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|(column, _)| *column).filter(|column| !column.ends_with("rev2") && !column.ends_with("UIDONLY"))
}

/// What a row without a server has, if a test plays one.
const SCRIPTED: &str = "a scripted server";

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter(|line| line.starts_with("| "));
    lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
}

fn table(seen: &BTreeMap<&'static str, Vec<bool>>) -> String {
    let before = std::fs::read_to_string(file("docs/extensions.md")).unwrap_or_default();
    let mut text = String::from(HEAD);
    for (index, extension) in EXTENSIONS.iter().enumerate() {
        let Extension { name, rfc, call, fallback, tool, case } = extension;
        let is_seen = |column: &&'static str| match seen.get(column) {
            Some(seen) => seen[index],
            None => is_named(&before, extension, column),
        };
        let servers = servers().filter(is_seen).collect::<Vec<_>>().join(", ");
        let servers = match servers.as_str() {
            "" if case.contains("::") => SCRIPTED,
            "" => "–",
            servers => servers,
        };
        let _ = writeln!(text, "| {name} | {rfc} | {call} | {fallback} | {tool} | {servers} |");
    }
    text
}

const HEAD: &str = "# Extensions\n\n\
    Each extension that the library knows: how it is used, what happens where the server has it not, and on which servers it \
    was seen.\n\
    Without a fallback, a call for a missing extension fails before anything is sent (`Error::is_unsupported`); search keys, \
    items and options of which the library does not know what they need are sent, and the server refuses them.\n\
    What has no call can be had by `Session::run` with `command::Raw`, a `Command` of your own, `Search::key` and \
    `FetchItem::Other`.\n\n\
    *seen on*: the server lists the extension and passes a case that uses it, through both clients. The test writes this \
    column, and holds it against what it sees on every run; so it does the names of calls and verbs. *A scripted server* is \
    one that a test plays, where none of them has the extension. How the servers were \
    reached is in [coverage.md](coverage.md).\n\n\
    | extension | RFC | call | without it | tool | seen on |\n|---|---|---|---|---|---|\n";

#[test]
fn every_extension_that_is_known_by_name_has_a_row() {
    for capability in Capability::all() {
        assert!(EXTENSIONS.iter().any(|row| row.name == capability.name()), "no row for {}", capability.name());
    }
    for row in EXTENSIONS {
        let has_case = match row.case.split_once("::") {
            None => row.case == "–" || crate::blocking::CASES.iter().any(|(case, ..)| *case == row.case),
            Some((path, test)) => {
                let text = std::fs::read_to_string(file("crates/imaplib/tests").join(path)).unwrap();
                text.contains(&format!("fn {test}()"))
            }
        };
        assert!(has_case, "{}: there is no case {}", row.name, row.case);
    }
}

#[test]
fn the_page_is_what_the_table_says() {
    let text = std::fs::read_to_string(file("docs/extensions.md")).unwrap();
    assert!(text.starts_with(HEAD));
    let written: Vec<_> = rows(&text).skip(1).map(|mut row| (row.pop(), row)).collect();
    assert_eq!(written.len(), EXTENSIONS.len());
    for ((_, cells), row) in written.iter().zip(EXTENSIONS) {
        assert_eq!(*cells, [row.name, row.rfc, row.call, row.fallback, row.tool]);
    }
    let is_real = |seen: &Option<&str>| seen.is_some_and(|seen| !["–", "test server", SCRIPTED].contains(&seen));
    assert!(written.iter().filter(|(seen, _)| is_real(seen)).count() >= 45);
    let untested: Vec<&str> =
        written.iter().filter(|(seen, _)| *seen == Some("–")).filter_map(|(_, cells)| cells.first().copied()).collect();
    // What there is no reason to type has nothing to test.
    assert_eq!(untested, ["CONVERT"]);
}

#[test]
fn calls_and_verbs_exist() {
    let items: String = ["crates/imaplib/public-items.txt", "crates/imaplib-proto/public-items.txt"]
        .map(|name| std::fs::read_to_string(file(name)).unwrap())
        .concat();
    let verbs = std::fs::read_to_string(file("crates/imaplib-cli/src/args/mod.rs")).unwrap();
    for row in EXTENSIONS {
        let mut kind = "";
        // `fetch_urls` behind `Session::sign_urls` is a method of the same type.
        for call in
            row.call.split('`').skip(1).step_by(2).filter(|call| !call.contains(['=', '4']) && *call != "UIDONLY")
        {
            let call = call.trim_start_matches("command::");
            kind = call.split_once("::").map_or(kind, |(kind, _)| kind);
            let name = if call.contains("::") || call.starts_with(char::is_uppercase) {
                call.to_owned()
            } else {
                format!("{kind}::{call}")
            };
            let exists =
                |line: &str| line.split([' ', '\n']).next().is_some_and(|path| path.ends_with(&format!("::{name}")));
            assert!(items.lines().any(exists), "{}: there is no {name}", row.name);
        }
        for verb in row.tool.split('`').skip(1).step_by(2) {
            let word = verb.trim_start_matches("imap ");
            let mut letters = word.chars();
            let variant: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
            assert!(verbs.contains(&format!("{variant}(")), "{}: there is no {verb}", row.name);
        }
    }
}
