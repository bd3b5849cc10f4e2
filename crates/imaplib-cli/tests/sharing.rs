//! `imap acl` and `imap quota`: who may use a mailbox, and how much may be in it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use realservers::Dovecot;
use support::real::Account;
use support::script::Script;
use support::{finish, imap, message};

#[test]
fn rights_are_given_and_taken_on_a_real_server() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "owner");
    let team = "Größe & Co";
    account.run(&["create", team]).ok();
    let own = account.run(&["acl", team, "--json"]).ok().json();
    assert_eq!((own[0]["own"].as_bool(), own[0]["mailbox"].as_str()), (Some(true), Some(team)), "{own:?}");
    assert!(own[0]["allows"].as_array().unwrap().iter().any(|meaning| meaning == "change rights"), "{own:?}");
    let rights_of_bob = || -> Option<String> {
        let list = account.run(&["acl", team, "--json"]).ok().json();
        let bob = list.iter().find(|entry| entry["who"] == "bob")?;
        let mut letters: Vec<char> = bob["rights"].as_str().unwrap().chars().collect();
        letters.sort_unstable();
        Some(letters.into_iter().collect())
    };
    assert_eq!(rights_of_bob(), None);
    account.run(&["acl", team, "set", "bob", "read"]).ok();
    assert_eq!(rights_of_bob().as_deref(), Some("lrs"));
    account.run(&["acl", team, "add", "bob", "wi"]).ok();
    assert_eq!(rights_of_bob().as_deref(), Some("ilrsw"));
    let removed = account.run(&["acl", team, "remove", "bob", "ws", "--json"]).ok().json();
    assert_eq!((removed[0]["change"].as_str(), removed[0]["rights"].as_str()), (Some("removed"), Some("ws")));
    assert_eq!(rights_of_bob().as_deref(), Some("ilr"));
    account.run(&["acl", team, "set", "-bob", "a"]).ok();
    let lines = account.run(&["acl", team]).ok().stdout;
    assert!(
        lines.lines().any(|line| line.starts_with("bob\t") && line.ends_with("\tsee, read, add messages")),
        "{lines}"
    );
    assert!(lines.lines().any(|line| line == "-bob\ta\tchange rights"), "{lines}");
    account.run(&["acl", team, "delete", "-bob"]).ok();
    account.run(&["acl", team, "delete", "bob"]).ok();
    assert_eq!(rights_of_bob(), None);
    let refused = account.run(&["acl", team, "set", "bob", "lrz"]);
    assert!(refused.code != 0 && refused.stderr.contains("refused"), "{refused:?}");
    assert_eq!(account.run(&["acl", "Größe"]).code, 69);
}

#[test]
fn quota_tells_what_is_left_on_a_real_server() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "full");
    let mail = [message(1), vec![b'x'; 3 << 20]].concat();
    finish(&mut account.command(&["append", "INBOX", "-"]), &mail).ok();
    let quota = account.run(&["quota", "--json"]).ok().json();
    let storage = quota.iter().find(|resource| resource["resource"] == "STORAGE").unwrap();
    assert_eq!((storage["limit"].as_u64(), storage["percent"].as_u64()), (Some(2 << 30), Some(0)), "{storage}");
    assert!(storage["used"].as_u64().is_some_and(|used| (3 << 20..4 << 20).contains(&used)), "{storage}");
    let line = account.run(&["quota", "Sent"]).ok().stdout;
    assert!(line.contains("\tSTORAGE\t3.0M\t2.0G\t0%"), "{line}");
    let refused = account.run(&["quota", "--set", "storage=5G"]);
    assert!(refused.code == 69 || refused.code == 77, "{refused:?}");
    assert!(refused.stderr.contains("refused"), "{refused:?}");
}

#[test]
fn setting_one_limit_keeps_the_others() {
    let roots = [
        "* QUOTAROOT INBOX \"\" Team",
        "* QUOTA \"\" (STORAGE 10 512)",
        "* QUOTA Team (STORAGE 4096 8192 MESSAGE 7 10)",
    ];
    let server = Script::new("QUOTA QUOTASET", &[("GETQUOTAROOT", &roots)]);
    let shown = server.run(&["quota"]).ok();
    assert_eq!(shown.stdout, "\tSTORAGE\t10K\t512K\t1%\nTeam\tSTORAGE\t4.0M\t8.0M\t50%\nTeam\tMESSAGE\t7\t10\t70%\n");
    let which = server.run(&["quota", "--set", "storage=1G"]);
    assert_eq!(which.code, 2, "{which:?}");
    assert!(which.stderr.contains("--root") && which.stderr.contains("Team"), "{which:?}");
    server.run(&["quota", "--set", "storage=1G", "--root", "Team"]).ok();
    assert!(server.heard().contains("SETQUOTA Team (MESSAGE 10 STORAGE 1048576)"), "{}", server.heard());
    server.run(&["quota", "--set", "message=none", "--set", "x-files=3", "--root", "Team"]).ok();
    assert!(server.heard().contains("SETQUOTA Team (STORAGE 8192 X-FILES 3)"), "{}", server.heard());
    let free = Script::new("QUOTA", &[("GETQUOTAROOT", &["* QUOTAROOT INBOX"])]);
    let run = free.run(&["quota"]).ok();
    assert!(run.stdout.is_empty() && run.stderr.contains("no quota"), "{run:?}");
    assert_eq!(free.run(&["quota", "--set", "storage=1G"]).code, 69);
}

#[test]
fn a_limit_that_cannot_be_read_is_not_dropped() {
    for quota in ["(STORAGE 10 unlimited MESSAGE 7 10)", "(STORAGE MESSAGE 7 10)", "(MESSAGE 7 10"] {
        let quota = format!("* QUOTA \"\" {quota}");
        let server = Script::new("QUOTA QUOTASET", &[("GETQUOTAROOT", &["* QUOTAROOT INBOX \"\"", &quota])]);
        let run = server.run(&["quota", "--json"]);
        let shown = run.json().iter().filter(|object| object["resource"] == "MESSAGE").count();
        assert_eq!((run.code, shown), (1, usize::from(quota.ends_with(')'))), "{quota}: {run:?}");
        let run = server.run(&["quota", "--set", "message=20"]);
        assert_eq!(run.code, 76, "{quota}: {run:?}");
        assert!(run.stderr.contains("nothing was changed") && !server.heard().contains("SETQUOTA"), "{quota}: {run:?}");
    }
}

#[test]
fn rights_that_cannot_be_read_cost_themselves() {
    for (list, shown) in [
        ("* ACL INBOX user lr bob", vec!["user"]),
        ("* ACL INBOX user lr (x) l eve lr", vec!["user", "eve"]),
        ("* ACL INBOX bob (x y) eve \"\" joe r", vec!["eve", "joe"]),
    ] {
        let server = Script::new("ACL", &[("MYRIGHTS", &["* MYRIGHTS INBOX lr"]), ("GETACL", &[list])]);
        let run = server.run(&["acl", "INBOX", "--json"]);
        let own = run.json().iter().filter(|object| object["own"] == true).count();
        let others: Vec<String> =
            run.json().iter().filter_map(|object| object["who"].as_str().map(ToOwned::to_owned)).collect();
        assert_eq!((run.code, own, others), (1, 1, shown.iter().map(ToString::to_string).collect()), "{list}: {run:?}");
        assert!(run.stderr.contains("cannot be read"), "{run:?}");
    }
    // Neither answer hides the other.
    let server = Script::new("ACL", &[("MYRIGHTS", &["!NO not now"]), ("GETACL", &["* ACL INBOX eve lr"])]);
    let run = server.run(&["acl", "INBOX"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, "eve\tlr\tsee, read\n"), "{run:?}");
    let server = Script::new("ACL", &[("MYRIGHTS", &["* MYRIGHTS INBOX lr"]), ("GETACL", &[])]);
    let run = server.run(&["acl", "INBOX"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, "(you)\tlr\tsee, read\n"), "{run:?}");
    let server = Script::new("ACL", &[("MYRIGHTS", &["!NO no"]), ("GETACL", &["!NO no"])]);
    assert_eq!(server.run(&["acl", "INBOX"]).code, 69);
}

#[test]
fn what_the_server_says_is_harmless_and_what_it_hides_is_told() {
    let server = Script::new(
        "ACL RIGHTS=texk",
        &[("MYRIGHTS", &["* MYRIGHTS INBOX lr"]), ("GETACL", &["!NO [NOPERM] not for you"])],
    );
    let run = server.run(&["acl", "INBOX"]).ok();
    assert_eq!(run.stdout, "(you)\tlr\tsee, read\n");
    assert!(run.stderr.contains("not for you"), "{run:?}");
    let server = Script::new(
        "ACL QUOTA",
        &[
            ("MYRIGHTS", &["* MYRIGHTS INBOX lr\u{202e}"]),
            ("GETACL", &["* ACL INBOX \"a\u{1b}[2Jb\" lrs"]),
            (
                "GETQUOTAROOT",
                &["* QUOTAROOT INBOX \"\u{9b}31m\"", "* QUOTA \"\u{9b}31m\" (STORAGE 1 18446744073709551615)"],
            ),
        ],
    );
    let run = server.run(&["acl", "INBOX"]).ok();
    assert!(run.stdout.contains("a\\x1b[2Jb\tlrs") && !run.stdout.contains(['\u{1b}', '\u{202e}']), "{run:?}");
    let run = server.run(&["quota"]).ok();
    assert!(run.stdout.starts_with("\\x9b31m\tSTORAGE\t1.0K\t16383P"), "{run:?}");
}

#[test]
fn what_is_not_offered_or_not_said_is_told() {
    for (arguments, code, words) in [
        (&["acl", "demo:", "INBOX"][..], 69, &["does not offer ACL"][..]),
        (&["quota", "demo:"], 69, &["does not offer QUOTA", "--status"]),
        (&["acl", "demo:", "INBOX", "set", "bob"], 2, &["which rights"]),
        (&["acl", "demo:", "INBOX", "set"], 2, &["WHO"]),
        (&["acl", "demo:", "INBOX", "bob", "lr"], 2, &["set, add, remove, delete"]),
        (&["acl", "demo:", "INBOX", "delete", "bob", "lr"], 2, &["remove"]),
        (&["acl", "demo:", "INBOX", "set", "bob", "+lr"], 2, &["letters"]),
        (&["quota", "demo:", "--set", "much"], 2, &["storage=2G"]),
    ] {
        let run = imap(arguments);
        assert_eq!(run.code, code, "{run:?}");
        for word in words {
            assert!(run.stderr.contains(word), "{word}: {run:?}");
        }
    }
}

#[test]
fn figures_that_do_not_come_are_no_lack_of_limits() {
    const TEAM: &str = "Team\tMESSAGE\t7\t10\t70%\n";
    for (lines, shown, missing) in [
        (&["* QUOTAROOT INBOX Team"][..], "", &["Team"][..]),
        (&["* QUOTAROOT INBOX \"\"", "* QUOTA \"\" STORAGE 1"], "", &[""]),
        (&["* QUOTAROOT INBOX Team Own", "* QUOTA Team (MESSAGE 7 10)"], TEAM, &["Own"]),
        (&["* QUOTAROOT INBOX A B"], "", &["A", "B"]),
        // A root without limits.
        (&["* QUOTAROOT INBOX Team", "* QUOTA Team ()"], "", &[]),
    ] {
        let run = Script::new("QUOTA", &[("GETQUOTAROOT", lines)]).run(&["quota"]);
        assert_eq!((run.code, run.stdout.as_str()), (i32::from(!missing.is_empty()), shown), "{run:?}");
        let note = |root| {
            format!("imap: quota: the server did not send figures of the quota root {root:?} that can be read\n")
        };
        let expected = match missing {
            [] => "imap: no quota limits INBOX\n".to_owned(),
            missing => missing.iter().map(note).collect(),
        };
        assert_eq!(run.stderr, expected);
    }
}

#[test]
fn own_rights_that_do_not_come_do_not_hide_those_of_others() {
    for rights in [&[][..], &["* MYRIGHTS"]] {
        let server = Script::new("ACL", &[("MYRIGHTS", rights), ("GETACL", &["* ACL INBOX bob lr"])]);
        let run = server.run(&["acl", "INBOX"]);
        assert_eq!((run.code, run.stdout.as_str()), (1, "bob\tlr\tsee, read\n"), "{run:?}");
        assert!(run.stderr.contains("your own rights are not shown"), "{run:?}");
    }
}
