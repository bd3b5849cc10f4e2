//! `imap backup --all`: many accounts in one run, divided between machines, and the figures for Prometheus.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use imaplib_testserver::{Fault, Server};
use serde_json::Value;
use support::{PASSWORD, Run, assert_complete, command, fill, finish, message, server, start, tree};

/// A configuration file with these accounts, each with an archive below the folder; those whose URL is empty have none.
fn config(dir: &Path, accounts: &[(&str, &str)]) -> String {
    fs::write(dir.join("password"), format!("{PASSWORD}\n")).unwrap();
    Command::new("chmod").arg("600").arg(dir.join("password")).status().unwrap();
    let account = |(name, url): &(&str, &str)| {
        let archive = dir.join(name);
        format!(
            "[accounts.{name}]\nurl = '{url}'\npassword-file = '{}'\narchive = '{}'\n",
            dir.join("password").display(),
            archive.display()
        )
    };
    let file = dir.join("config.toml");
    fs::write(&file, accounts.iter().map(account).collect::<String>()).unwrap();
    file.to_str().unwrap().to_owned()
}

fn all(config: &str, extra: &[&str]) -> Run {
    finish(command(&[&["backup", "--all", "--config", config], extra].concat()).env("IMAP_PASSWORD", "another's"), b"")
}

#[test]
fn accounts_are_backed_up_side_by_side_and_one_that_fails_costs_itself() {
    let (_one, first, first_url) = server();
    let (_two, second, second_url) = server();
    fill(&first, "INBOX", 1..4);
    fill(&second, "INBOX", 1..6);
    let dir = tempfile::tempdir().unwrap();
    let closed = "imap+insecure://alice@127.0.0.1:1";
    let file =
        config(dir.path(), &[("one", &first_url), ("two", &second_url), ("away", closed), ("wrong", "what://is")]);
    let metrics = dir.path().join("imap.prom");
    let run = all(&file, &["--metrics", metrics.to_str().unwrap()]);
    // 78, for `wrong` is worse than 69, for `away`.
    assert_eq!(run.code, 78, "{run:?}");
    assert_complete(&first, "INBOX", &dir.path().join("one/INBOX"));
    assert_complete(&second, "INBOX", &dir.path().join("two/INBOX"));
    for line in ["one: INBOX: 3 new", "two: INBOX: 5 new", "one: 1 mailbox: 3 new (", "4 accounts: 8 new ("] {
        assert!(run.stdout.lines().any(|found| found.starts_with(line)), "{line}: {run:?}");
    }
    assert!(run.stdout.trim_end().ends_with("; 2 not complete: away, wrong"), "{run:?}");
    for account in ["away", "wrong"] {
        assert!(run.stderr.contains(&format!("imap: {account}: ")), "{run:?}");
        assert!(!run.stderr.contains(&format!("{account}: {account}: ")), "{run:?}");
    }
    let figures = fs::read_to_string(&metrics).unwrap();
    assert_exposition(&figures);
    for line in [
        "imap_backup_messages_new{account=\"two\"} 5",
        "imap_backup_exit_code{account=\"one\"} 0",
        "imap_backup_exit_code{account=\"wrong\"} 78",
        "imap_backup_last_success_timestamp_seconds{account=\"away\"} 0",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line}: {figures}");
    }
    let quiet = all(&file, &["--quiet"]);
    assert_eq!(quiet.code, 78);
    assert!(quiet.stdout.starts_with("4 accounts: 0 new; 2 not complete"), "{quiet:?}");
    let file = config(dir.path(), &[("one", &first_url), ("two", &second_url)]);
    let quiet = all(&file, &["--quiet", "--jobs", "1"]).ok();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

/// Each line is what the text format of Prometheus has: each figure is described once, before its values.
fn assert_exposition(text: &str) {
    let mut figure = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            figure = rest.split(' ').next().unwrap();
            assert!(figure.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{figure} gauge"));
        } else {
            let rest = line.strip_prefix(figure).unwrap().strip_prefix("{account=\"").unwrap();
            let (_, value) = rest.rsplit_once("\"} ").unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(text.ends_with('\n'));
}

#[test]
fn a_failure_does_not_change_when_an_account_was_last_complete() {
    let (server, account, url) = server();
    fill(&account, "INBOX", 1..3);
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), &[("one", &url)]);
    let metrics = dir.path().join("imap.prom");
    let success = || {
        let figures = fs::read_to_string(&metrics).unwrap();
        let line = figures.lines().find(|line| line.starts_with("imap_backup_last_success_timestamp_seconds{"));
        line.unwrap().rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()
    };
    let extra = ["--metrics", metrics.to_str().unwrap()];
    all(&file, &extra).ok();
    let first = success();
    assert!(first > 1_700_000_000);
    drop(server);
    assert_eq!(all(&file, &extra).code, 69);
    assert_eq!(success(), first);
    // The same of one account, by its name, into the archive of the configuration file.
    let run = finish(&mut command(&["backup", "one", "--config", &file, extra[0], extra[1]]), b"");
    assert_eq!((run.code, success()), (69, first), "{run:?}");
}

#[test]
fn each_machine_has_its_accounts_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let file = config(dir.path(), &names.map(|name| (name, "demo:")));
    let mut done = Vec::new();
    for index in 0..3 {
        // As Kubernetes and Slurm start them.
        let run = Command::new("sh")
            .args([
                "-c",
                "exec \"$IMAP\" backup --all --jobs 2 --json --config \"$FILE\" --shard $JOB_COMPLETION_INDEX/3",
            ])
            .envs([("IMAP", env!("CARGO_BIN_EXE_imap")), ("FILE", &file), ("HOME", "/nonexistent")])
            .env("JOB_COMPLETION_INDEX", index.to_string())
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        let objects = String::from_utf8(run.stdout).unwrap();
        let objects = objects.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        done.extend(
            objects
                .filter(|object| object["summary"] == true)
                .map(|object| object["account"].as_str().unwrap().to_owned()),
        );
    }
    done.sort_unstable();
    assert_eq!(done, names);
    let wrong = all(&file, &["--shard", "3/3"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("counted from 0: the last of 3 is 2/3"), "{wrong:?}");
}

#[test]
fn what_is_missing_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    fs::write(&file, "[accounts.one]\nurl = 'imap+insecure://alice@127.0.0.1:1'\n").unwrap();
    let file = file.to_str().unwrap();
    let run = all(file, &[]);
    assert_eq!(run.code, 78, "{run:?}");
    assert!(run.stderr.contains("no account in") && run.stderr.contains("archive = "), "{run:?}");
    let run = finish(&mut command(&["backup", "one", "--config", file]), b"");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("one: no folder for the archive"), "{run:?}");
    let run = finish(&mut command(&["backup"]), b"");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("ACCOUNT"), "{run:?}");
    // The environment is nobody's, and nobody is asked.
    let (_server, _, url) = server();
    let text = format!("[accounts.one]\nurl = '{url}'\narchive = '{}'\n", dir.path().join("one").display());
    fs::write(file, text).unwrap();
    let run = finish(command(&["backup", "--all", "--config", file]).env("IMAP_PASSWORD", PASSWORD), b"");
    assert_eq!(run.code, 78, "{run:?}");
    assert!(run.stderr.contains("one: no password"), "{run:?}");
}

#[test]
fn a_file_of_figures_that_cannot_be_written_is_named_before_anything_is_done() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..3);
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), &[("one", &url)]);
    let fifo = dir.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for (metrics, code) in [(dir.path().join("none/x.prom"), 74), (fifo, 74), (dir.path().to_owned(), 74)] {
        let metrics = metrics.to_str().unwrap();
        let one = finish(&mut command(&["backup", "one", "--config", &file, "--metrics", metrics]), b"");
        for run in [all(&file, &["--metrics", metrics]), one] {
            assert_eq!(run.code, code, "{run:?}");
            assert!(run.stderr.contains(metrics) && run.stdout.is_empty(), "{run:?}");
            assert!(!dir.path().join("one").exists(), "{run:?}");
        }
    }
}

#[test]
fn an_archive_that_two_accounts_share_is_left_to_its_owner() {
    let (_one, first, first_url) = server();
    let (_two, second, second_url) = server();
    let (_three, third, third_url) = server();
    for account in [&first, &second, &third] {
        fill(account, "INBOX", 1..3);
    }
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), &[("one", &first_url), ("two", &second_url), ("three", &third_url)]);
    let text = fs::read_to_string(&file).unwrap();
    let (own, shared) = (dir.path().join("two"), dir.path().join("three/../one"));
    fs::write(&file, text.replace(own.to_str().unwrap(), shared.to_str().unwrap())).unwrap();
    // It is nobody's yet: neither begins, and the other account is not concerned.
    let run = all(&file, &[]);
    assert_eq!(run.code, 78, "{run:?}");
    assert!(run.stderr.contains("one: ") && run.stderr.contains("is also the archive of two"), "{run:?}");
    assert!(run.stderr.contains("two: ") && run.stderr.contains("is also the archive of one"), "{run:?}");
    assert!(!dir.path().join("one").exists());
    assert_complete(&third, "INBOX", &dir.path().join("three/INBOX"));
    finish(&mut command(&["backup", "one", "--config", &file]), b"").ok();
    fill(&first, "INBOX", 3..5);
    let run = all(&file, &[]);
    assert_eq!(run.code, 78, "{run:?}");
    assert!(run.stdout.trim_end().ends_with("; 1 not complete: two"), "{run:?}");
    assert_complete(&first, "INBOX", &dir.path().join("one/INBOX"));
}

/// The blocks of the page that are of this kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let page = include_str!("../../../docs/fleet.md");
    page.split(&format!("```{kind}\n")).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_page_can_be_followed() {
    let dir = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_imap")).parent().unwrap();
    let trial = blocks("sh").into_iter().find(|block| block.contains("demo:")).unwrap();
    let run = Command::new("sh")
        .args(["-euc", trial])
        .current_dir(dir.path())
        .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && text.contains("5 accounts: 0 new\n"), "{run:?}");
    assert_eq!(text.matches("messages in 19 mailboxes: all are as they were stored").count(), 5, "{text}");
    // What the schedulers start, with their variables.
    let manifest = blocks("yaml")[0];
    assert!(manifest.contains("--shard=$(JOB_COMPLETION_INDEX)/8") && manifest.contains("completions: 8"));
    let array = blocks("sh").into_iter().find(|block| block.contains("SBATCH")).unwrap();
    let array = array.replace("--config /etc/imap/config.toml", "--config config.toml");
    let program_path = format!("{}:/usr/bin:/bin", program.display());
    for task in 0..8 {
        let variables = [("SLURM_ARRAY_TASK_ID", task.to_string()), ("SLURM_ARRAY_TASK_COUNT", "8".to_owned())];
        let run = Command::new("sh")
            .args(["-euc", &array])
            .current_dir(dir.path())
            .env("PATH", &program_path)
            .envs(variables)
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
    }
    // Each figure that is described is written, and the other way round.
    let page = include_str!("../../../docs/fleet.md");
    let metrics = fs::read_to_string(dir.path().join("machine-0.prom")).unwrap();
    let written: Vec<&str> =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    written.iter().for_each(|figure| assert!(page.contains(&format!("`{figure}`")), "{figure}"));
    for word in page.split('`').filter(|word| word.starts_with("imap_backup_")) {
        assert!(written.contains(&word), "{word}");
    }
    let help = finish(&mut command(&["help", "backup"]), b"").ok().stdout;
    let options =
        page.split([' ', '`', '\n', '=', '(', ',', ']']).filter(|word| word.starts_with("--") && word.len() > 2);
    let others = ["--array", "--time", "--now", "--keep-daily", "--keep-monthly", "--prune", "--target", "--seal"];
    for option in options.filter(|option| !others.contains(option)) {
        assert!(help.contains(option.trim_end_matches([';', '.', ':'])), "{option}");
    }
}

#[test]
fn a_signal_ends_all_of_them_and_names_those_that_were_not_begun() {
    let slow = || start(Server::builder().fault(Fault::Delay { before_each_write: Duration::from_millis(10) }));
    let servers = [slow(), slow(), slow()];
    for (_, account, _) in &servers {
        for number in 0..1000 {
            account.append("INBOX", [message(number), vec![b'x'; 20_000]].concat()).unwrap();
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let accounts = [("a", servers[0].2.as_str()), ("b", &servers[1].2), ("c", &servers[2].2)];
    let file = config(dir.path(), &accounts);
    let metrics = dir.path().join("imap.prom");
    let child = command(&["backup", "--all", "--jobs", "2", "--config", &file, "--metrics", metrics.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let has_begun = |name: &str| fs::read_dir(dir.path().join(name).join("INBOX/tmp")).map_or(0, Iterator::count) >= 5;
    while !has_begun("a") || !has_begun("b") {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("2 not complete: ") && printed.contains("1 not begun: c"), "{printed}");
    let figures = fs::read_to_string(&metrics).unwrap();
    assert!(figures.contains("imap_backup_exit_code{account=\"c\"} 143"), "{figures}");
    for name in ["a", "b"] {
        assert!(tree(&dir.path().join(name)).len() >= 5, "what had arrived is kept");
    }
    all(&file, &[]).ok();
    for (name, (_, account, _)) in ["a", "b", "c"].iter().zip(&servers) {
        assert_complete(account, "INBOX", &dir.path().join(name).join("INBOX"));
    }
}

#[test]
fn nothing_is_said_of_an_account_that_was_not_looked_at() {
    let silent = ["LIST", "EXAMINE"].map(|command| (command, Fault::Ignore { command: command.to_owned() }));
    for (command_name, fault) in silent {
        let (server, account, url) = start(Server::builder().fault(fault));
        fill(&account, "INBOX", 1..3);
        let dir = tempfile::tempdir().unwrap();
        let file = config(dir.path(), &[("one", &url)]);
        let child = command(&["backup", "--all", "--config", &file])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !server.commands().iter().any(|line| line.starts_with(command_name)) {
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(143), "{output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(!printed.contains("nothing new") && printed.contains("1 not complete: one"), "{printed}");
    }
}
