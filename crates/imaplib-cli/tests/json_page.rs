//! `docs/json.md` against what the tool prints: each field that is printed is described, with its type, and each field
//! that is described is printed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::path::Path;

use std::collections::{BTreeMap, BTreeSet};

use realservers::Dovecot;
use serde_json::Value;
use support::real::Account;
use support::script::Script;
use support::{command, finish, imap, imap_as_alice, server};

/// A row of a table.
#[derive(Debug, Clone)]
struct Field {
    path: String,
    types: String,
}

impl Field {
    fn is_optional(&self) -> bool {
        self.types.starts_with("optional ")
    }

    /// The path of the object that has this field, and its name there.
    fn place(&self) -> (&str, &str) {
        let (parent, name) = self.path.rsplit_once('.').unwrap_or(("", &self.path));
        (parent, name.trim_end_matches("[]"))
    }

    fn allows(&self, value: &Value) -> bool {
        let types = self.types.trim_start_matches("optional ");
        types.split(" or ").any(|one| match one {
            "string" => value.is_string(),
            "bytes" => value.is_string() || value.as_object().is_some_and(|object| object["base64"].is_string()),
            "number" => value.is_number(),
            "time" => value.as_str().is_some_and(is_time),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "any" => true,
            other => panic!("{}: the page has no type {other:?}", self.path),
        })
    }
}

fn is_time(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00Z"
}

/// The tables of the page, by the words in the headings above them.
struct Page {
    tables: BTreeMap<String, Vec<Vec<Field>>>,
    seen: BTreeSet<(String, String)>,
}

impl Page {
    fn read() -> Self {
        let mut tables: BTreeMap<String, Vec<Vec<Field>>> = BTreeMap::new();
        let mut heading = String::new();
        let mut in_table = false;
        for line in include_str!("../../../docs/json.md").lines() {
            if let Some(text) = line.strip_prefix("## ") {
                heading = text.to_owned();
            }
            let cells: Vec<&str> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
            let path = cells[0].strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
            match path {
                Some(path) if line.starts_with('|') && heading != "Types" => {
                    let of_heading = tables.entry(heading.clone()).or_default();
                    if !in_table {
                        of_heading.push(Vec::new());
                    }
                    let field = Field { path: path.to_owned(), types: cells[1].to_owned() };
                    of_heading.last_mut().unwrap().push(field);
                    in_table = true;
                }
                _ => in_table = false,
            }
        }
        Self { tables, seen: BTreeSet::new() }
    }

    /// Holds objects against a table: the number tells which, of a heading that has several.
    fn holds(&mut self, heading: &str, number: usize, objects: &[Value]) {
        assert!(!objects.is_empty(), "nothing was printed for {heading}");
        let mut fields = self.tables[heading][number].clone();
        if heading == "`thread`" {
            fields.extend(self.tables["`search`, `sort`"][0].clone());
        }
        for object in objects {
            self.walk(heading, &fields, "", object);
        }
    }

    fn walk(&mut self, heading: &str, fields: &[Field], path: &str, value: &Value) {
        if !path.is_empty() {
            let described = fields.iter().find(|field| field.path == path);
            if let Some(field) = described {
                assert!(field.allows(value), "{heading}: {path} is {value}, and not {}", field.types);
                self.seen.insert((heading.to_owned(), path.to_owned()));
                if !value.is_object() || field.types.contains("bytes") || field.types.contains("any") {
                    return;
                }
            }
            let is_parent = fields.iter().any(|field| field.path.starts_with(&format!("{path}.")));
            let is_list = fields.iter().any(|field| field.path.starts_with(&format!("{path}[]")));
            match value {
                Value::Array(items) if is_list => {
                    items.iter().for_each(|item| self.walk(heading, fields, &format!("{path}[]"), item));
                    return;
                }
                Value::Null if is_list => return,
                Value::Object(_) if is_parent => {}
                // An object of names that nobody knows beforehand.
                Value::Object(_) if described.is_some() => return,
                _ => panic!("{heading}: {path} is printed ({value}) and not described"),
            }
        }
        let object = value.as_object().unwrap();
        let inside = fields.iter().filter(|field| !field.is_optional()).map(Field::place);
        for (_, name) in inside.filter(|(parent, _)| *parent == path) {
            assert!(object.contains_key(name), "{heading}: {path} has no {name}: {value}");
        }
        for (name, value) in object {
            let place = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.walk(heading, fields, &place, value);
        }
    }

    fn unseen(&self) -> Vec<String> {
        let fields = self.tables.iter().flat_map(|(heading, tables)| {
            tables.iter().flatten().map(move |field| (heading.clone(), field.path.clone()))
        });
        fields.filter(|field| !self.seen.contains(field)).map(|(heading, path)| format!("{heading}: {path}")).collect()
    }
}

/// A message of which each field of the envelope says something.
const ROW: &str = "* 1 FETCH (UID 7 FLAGS (\\Seen $Junk) INTERNALDATE \"17-Jul-2024 02:44:25 +0000\" RFC822.SIZE 99 \
    ENVELOPE (\"Wed, 17 Jul 2024 02:44:23 +0000\" \"hello\" ((\"CEO <ceo@bank.example>\" NIL \"evil\" \"evil.example\")) NIL \
    ((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"b.example\")(NIL NIL NIL NIL)) ((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"b.example\")(NIL NIL NIL NIL)) \
    ((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"b.example\")(NIL NIL NIL NIL)) ((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"b.example\")(NIL NIL NIL NIL)) \
    \"<1@x>\" \"<2@x>\"))";

fn alice_at(url: &str, arguments: &[&str]) -> Vec<Value> {
    imap_as_alice(&[&[arguments[0], url], &arguments[1..], &["--json"]].concat()).ok().json()
}

/// A response of each kind, and some that cannot be read.
const TRANSCRIPT: &[u8] = b"* PREAUTH [CAPABILITY IMAP4rev1] x\r\n+ go on\r\na1 OK [COPYUID 1 2 3] done\r\n* BYE x\r\n\
    * LIST (\\NoSelect) \"/\" A (CHILDINFO (\"SUBSCRIBED\") OLDNAME (\"B\") X-Y (1))\r\n* LIST () \"/\" \"NCPN & BUGB\"\r\n\
    * STATUS A (MESSAGES 3)\r\n* CAPABILITY IMAP4rev1\r\n* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* VANISHED (EARLIER) 1:3\r\n\
    * SEARCH 1 2 (MODSEQ 7)\r\n* ESEARCH (TAG \"a\" MAILBOX A UIDVALIDITY 1) UID MIN 1 MAX 9 ALL 1:9 COUNT 9 MODSEQ 7 \
    PARTIAL (1:2 5,6) ADDTO (1 4) X-Y 1\r\n* THREAD (1 2)\r\n* ID (\"name\" \"x\")\r\n* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n\
    * ACL A bob lr\r\n* MYRIGHTS A lr\r\n* LISTRIGHTS A bob l r s\r\n* QUOTA \"\" (STORAGE 1 2)\r\n* QUOTAROOT A \"\"\r\n\
    * METADATA A (/private/comment \"x\")\r\n* METADATA A /private/comment\r\n\
    * ANNOTATION A /comment (value.shared \"x\")\r\n* 1 FETCH (UID 1 FLAGS (a) INTERNALDATE x BODY[] \"Gr\xfc\")\r\n\
    * 7 X-NEW 1\r\n* X-NEW \xff\r\n";

/// The changes that a server tells in IDLE: new, flags, gone, an alert, and a connection that is lost.
fn watched() -> Vec<Value> {
    let server = Script::new(
        "IDLE UIDPLUS",
        &[
            ("EXAMINE", &["* 2 EXISTS", "* OK [UIDVALIDITY 1] x", "* OK [UIDNEXT 9] x"]),
            ("UID SEARCH", &["* SEARCH 7 8"]),
            (
                "IDLE",
                &["+ idling", "* 2 FETCH (FLAGS (\\Seen a))", "* VANISHED 7", "* OK [ALERT] soon", "* BYE enough"],
            ),
        ],
    );
    server.run(&["watch", "INBOX", "--json", "--count", "3"]).ok().json()
}

#[test]
fn the_page_is_what_is_printed() {
    let mut page = Page::read();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = |arguments: &[&str]| imap(&[arguments, &["--json"]].concat()).ok().json();

    page.holds("Standard error", 0, &imap(&["folders", "demo:", "No such", "--json"]).diagnostics());
    page.holds("`check`", 0, &run(&["check", "demo:"]));
    let spaces = "* NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\")) ((\"#shared.\" \".\"))";
    let id = "* ID (\"name\" \"x\" \"vendor\" NIL)";
    let known = Script::new("ID NAMESPACE APPENDLIMIT=99", &[("ID", &[id]), ("NAMESPACE", &[spaces])]);
    page.holds("`check`", 0, &known.run(&["check", "--json"]).ok().json());
    page.holds("`folders`", 0, &run(&["folders", "demo:"]));
    page.holds("`folders`", 0, &run(&["folders", "demo:", "--status"]));
    let sized = "* STATUS INBOX (MESSAGES 3 UNSEEN 1 SIZE 99)";
    let sized = Script::new("LIST-EXTENDED LIST-STATUS STATUS=SIZE", &[("LIST", &["* LIST () \"/\" INBOX", sized])]);
    page.holds("`folders`", 0, &sized.run(&["folders", "--status", "--json"]).ok().json());
    page.holds("`search`, `sort`", 0, &run(&["search", "demo:", "INBOX"]));
    page.holds("`search`, `sort`", 0, &run(&["sort", "demo:", "INBOX", "date"]));
    let odd = Script::new(
        "IMAP4rev1",
        &[("EXAMINE", &["* 1 EXISTS"]), ("UID SEARCH", &["* SEARCH 7"]), ("UID FETCH", &[ROW])],
    );
    page.holds("`search`, `sort`", 0, &odd.run(&["search", "INBOX", "--json"]).ok().json());
    let other = ROW.replace("1 FETCH (UID 7", "2 FETCH (UID 8");
    let threads = Script::new(
        "THREAD=REFERENCES",
        &[("EXAMINE", &["* 2 EXISTS"]), ("UID THREAD", &["* THREAD (7 8)"]), ("UID FETCH", &[ROW, &other])],
    );
    page.holds("`thread`", 0, &threads.run(&["thread", "INBOX", "--json"]).ok().json());
    let told = "From: Ann <a@x.example>\r\nReply-To: Team: Bob <b@x.example>;\r\nTo: Team: b@x.example;\r\nCc: Team: b@x.example;\r\n\
        Bcc: Team: b@x.example;\r\nX: y\r\nReferences: <1@x>\r\n <2@x>\r\nIn-Reply-To: <2@x>\r\nMessage-ID: <3@x>\r\n\
        Date: Wed, 17 Jul 2024 02:44:23 +0000\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: application/pdf\r\n\r\nPDF";
    let (_server, account, url) = server();
    let grouped = told.replace("From: Ann <a@x.example>", "From: Team: Ann <a@x.example>;");
    for message in [told, &grouped, "Subject: x\r\n\r\n"] {
        account.append("INBOX", message.as_bytes().to_vec()).unwrap();
    }
    for uid in ["1", "2", "3"] {
        page.holds("`show`", 0, &imap_as_alice(&["show", &url, "INBOX", uid, "--json"]).ok().json());
    }
    let shown = imap_as_alice(&["show", &url, "INBOX", "1", "--json"]).ok().json().remove(0);
    assert_eq!(shown["references"], serde_json::json!(["<1@x>", "<2@x>"]));
    assert_eq!(shown["message_id"], "<3@x>");
    let first = run(&["search", "demo:", "INBOX", "--uids"])[0]["uid"].to_string();
    page.holds("`get`", 0, &run(&["get", "demo:", "INBOX", &first]));
    page.holds("`get`", 1, &run(&["get", "demo:", "INBOX", &first, "-o", &path("got")]));

    let (_server, _account, url) = server();
    let mail = path("mail.eml");
    std::fs::write(&mail, "Subject: x\r\n\r\ntext\r\n").unwrap();
    let mbox = path("mail.mbox");
    std::fs::write(&mbox, "From a@b Sat Mar 14 09:26:53 2026\nSubject: x\n\ntext\n").unwrap();
    let alice = |arguments: &[&str]| alice_at(&url, arguments);
    let changes = "`append`, `copy`, `move`, `delete`, `flag`";
    let mailboxes = "`create`, `rename`, `remove-mailbox`, `subscribe`, `unsubscribe`";
    for (heading, arguments) in [
        (mailboxes, &["create", "A", "Trash"][..]),
        (mailboxes, &["rename", "A", "B"]),
        (mailboxes, &["subscribe", "B"]),
        (mailboxes, &["unsubscribe", "B"]),
        (changes, &["append", "INBOX", &mail, &mail]),
        (changes, &["append", "INBOX", &mbox]),
        (changes, &["copy", "INBOX", "1:2", "B"]),
        (changes, &["move", "INBOX", "1", "B"]),
        (changes, &["flag", "B", "1:3", "+Seen", "-Flagged"]),
        (changes, &["delete", "B", "1"]),
        (changes, &["delete", "B", "2", "--expunge"]),
        (mailboxes, &["remove-mailbox", "B", "--with-messages"]),
    ] {
        page.holds(heading, 0, &alice(arguments));
    }

    let forgetful = Script::new(
        "IMAP4rev1",
        &[("SELECT", &["* 1 EXISTS"]), ("UID SEARCH", &["* SEARCH 7"]), ("UID FETCH", &["* 1 FETCH (UID 7 FLAGS ())"])],
    );
    page.holds(changes, 0, &forgetful.run(&["flag", "INBOX", "7", "+Seen", "--json"]).json());

    let shared = Script::new(
        "ACL RIGHTS=texk QUOTA",
        &[
            ("MYRIGHTS", &["* MYRIGHTS INBOX lrswipkxtea"]),
            ("GETACL", &["* ACL INBOX bob lrs \"Ann\" lr"]),
            ("GETQUOTAROOT", &["* QUOTAROOT INBOX \"\"", "* QUOTA \"\" (STORAGE 10 512 MESSAGE 1 0)"]),
        ],
    );
    page.holds("`acl`", 0, &shared.run(&["acl", "INBOX", "--json"]).ok().json());
    page.holds("`acl`", 0, &shared.run(&["acl", "INBOX", "set", "bob", "lr", "--json"]).ok().json());
    page.holds("`acl`", 0, &shared.run(&["acl", "INBOX", "delete", "bob", "--json"]).ok().json());
    page.holds("`quota`", 0, &shared.run(&["quota", "--json"]).ok().json());

    page.holds("`watch`", 0, &watched());

    let (_server, account, url) = server();
    support::fill(&account, "INBOX", 1..3);
    let archive = path("archive");
    let mut backup = alice_at(&url, &["backup", &archive]);
    account.create("Gone").unwrap();
    backup.extend(alice_at(&url, &["backup", &archive]));
    account.delete("Gone").unwrap();
    backup.extend(alice_at(&url, &["backup", &archive, "--verify"]));
    let config = path("config.toml");
    let one = format!("[accounts.one]\nurl = 'demo:'\narchive = '{}'\n", path("one"));
    std::fs::write(&config, format!("{one}[accounts.two]\nurl = '?'\narchive = 'two'\n")).unwrap();
    let mut all = imap(&["backup", "--all", "--config", &config, "--json"]).json();
    let end = all.pop().unwrap();
    backup.extend(all);
    let (sums, mailboxes): (Vec<Value>, Vec<Value>) = backup.into_iter().partition(|object| object["summary"] == true);
    page.holds("`backup`", 0, &mailboxes);
    page.holds("`backup`", 1, &sums);
    page.holds("`backup`", 2, &[end]);
    page.holds("`backup`", 3, &alice_at(&url, &["backup", &archive, "--forget", "Gone"]));
    page.holds("`backup`", 4, &alice_at(&url, &["backup", &archive, "--forget-lost"]));

    account.create("Sent").unwrap();
    account.set_special_use("Sent", &["\\Sent"]).unwrap();
    alice_at(&url, &["backup", &archive]);
    let (_target, _, target) = support::start(imaplib_testserver::Server::builder().with("CREATE-SPECIAL-USE"));
    for (number, arguments) in [(2, &["--dry-run", "--json"][..]), (0, &["--json"])] {
        let restored = imap_as_alice(&[&["restore", &archive, &target], arguments].concat()).ok().json();
        let (sums, mailboxes): (Vec<Value>, Vec<Value>) =
            restored.into_iter().partition(|object| object["summary"] == true);
        page.holds("`restore`, `copy` of accounts", number, &mailboxes);
        page.holds("`restore`, `copy` of accounts", number + 1, &sums);
    }

    std::fs::remove_file(format!("{archive}/{}", support::tree(archive.as_ref())[0])).unwrap();
    std::fs::write(format!("{archive}/INBOX/cur/other"), "another program's").unwrap();
    let verify = imap(&["verify", &archive, "--json"]).json();
    let (sums, files): (Vec<Value>, Vec<Value>) = verify.into_iter().partition(|object| object["summary"] == true);
    assert_eq!(files.len(), 2, "{files:?}");
    page.holds("`verify`", 0, &files);
    page.holds("`verify`", 1, &sums);
    page.holds("`verify`", 2, &imap(&["verify", &archive, "--json", "--repair"]).json()[..1]);
    page.holds("`archive`", 0, &imap(&["archive", "rebuild", &archive, "--json"]).json());
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("mbox");
    let exported = imap(&["export", &archive, "mbox", "-o", out.to_str().unwrap(), "--json"]).json();
    page.holds("`export`", 0, &exported);
    let serving = support::served::Serving::start(Path::new(&archive), &[]);
    page.holds("`serve`", 0, std::slice::from_ref(&serving.said));

    page.holds("`parse`, `raw`", 0, &{
        let run = finish(&mut command(&["parse", "-", "--json"]), TRANSCRIPT);
        assert_eq!(run.code, 1, "{run:?}");
        run.json()
    });

    let mut unseen = page.unseen();
    match Dovecot::start().unwrap() {
        Some(dovecot) => {
            let tls = Account::new(&dovecot, "imaps", "json");
            page.holds("`check`", 0, &tls.run(&["check", "--json"]).ok().json());
            unseen = page.unseen();
        }
        None => unseen.retain(|field| !field.starts_with("`check`: tls.")),
    }
    assert!(unseen.is_empty(), "described and never printed: {unseen:#?}");
}

#[test]
fn each_verb_has_its_place_on_the_page() {
    let page = Page::read();
    let help = imap(&["--help"]).ok().stdout;
    let lines = help.lines().skip_while(|line| !line.starts_with("Verbs:")).skip(1).take_while(|line| !line.is_empty());
    let verbs: Vec<&str> = lines
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.len() > 20, "{help}");
    for verb in verbs.into_iter().filter(|verb| !["completions", "man", "help"].contains(verb)) {
        let name = format!("`{verb}`");
        assert!(page.tables.keys().any(|heading| heading.split(", ").any(|word| word == name)), "{verb}");
    }
}
