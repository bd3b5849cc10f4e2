//! UIDVALIDITY and UIDNEXT of more than 32 bits, as MailEnable sends them: numbers to compare, kept as they are.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use support::script::Script;
use support::tree;

/// The second of these numbers is greater than what SQLite can hold with a sign.
const VALIDITIES: [&str; 2] = ["1666390893348", "18446744073709551614"];

#[test]
fn a_mailbox_with_large_numbers_is_backed_up() {
    for validity in VALIDITIES {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        let code = format!("* OK [UIDVALIDITY {validity}] x");
        let selected = ["* 1 EXISTS", &code, "* OK [UIDNEXT 4294967296] x"];
        let listed = ["* 1 FETCH (UID 1 FLAGS ())"];
        let text = ["* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] \"one\")"];
        let answers: &[(&str, &[&str])] =
            &[("EXAMINE", &selected), ("UID FETCH 1:\\* ", &listed), ("UID FETCH", &text), ("NOOP", &[])];
        let script = Script::new("", answers);
        script.run(&["backup", archive.to_str().unwrap()]).ok();
        let files: Vec<String> = tree(&archive).into_iter().filter(|path| path.contains("/cur/")).collect();
        assert!(files.len() == 1 && files[0].contains(&format!(".V{validity}U1.imap,")), "{files:?}");
        // The next run knows the mailbox again: nothing is new, and nothing is from before a change.
        let again = script.run(&["backup", archive.to_str().unwrap(), "--json"]).ok();
        assert!(again.stdout.contains("\"uidvalidity_changed\":false"), "{again:?}");
        assert_eq!(tree(&archive).into_iter().filter(|path| path.contains("/cur/")).collect::<Vec<_>>(), files);
        assert_eq!(script.heard().matches("BODY.PEEK[]").count(), 1, "{}", script.heard());
    }
}

#[test]
fn a_count_of_messages_that_cannot_be_read_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let selected = |exists: &[&'static str]| [exists, &["* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 3] x"]].concat();
    let listed = ["* 1 FETCH (UID 1 FLAGS ())"];
    let text = ["* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] \"one\")"];
    let run = |exists: &[&'static str], noop: &[&str], options: &[&str]| {
        let selected = selected(exists);
        let answers: &[(&str, &[&str])] =
            &[("EXAMINE", &selected), ("UID FETCH 1:\\* ", &listed), ("UID FETCH", &text), ("NOOP", noop)];
        Script::new("", answers).run(&[&["backup", archive.to_str().unwrap(), "--adopt"][..], options].concat())
    };
    run(&["* 1 EXISTS"], &[], &[]).ok();
    let files = || tree(&archive).into_iter().filter(|path| path.contains("/cur/")).collect::<Vec<_>>();
    let before = files();
    assert_eq!(before.len(), 1);
    for options in [&[][..], &["--prune"]] {
        // Alone, and behind a number that was readable and is no longer true.
        for exists in [&["* 4294967297 EXISTS"][..], &["* 0 EXISTS", "* 4294967296 EXISTS"]] {
            let again = run(exists, &[], options);
            assert_eq!(files(), before, "{exists:?} {again:?}");
            assert_ne!(again.code, 0, "the mailbox was not looked at: {again:?}");
            assert!(again.stderr.contains("how many messages"), "{again:?}");
        }
    }
    run(&["* 1 EXISTS"], &[], &["--prune"]).ok();
    assert_eq!(files(), before);
}
