//! Connections that are cut under the tool.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::archive::{From, Scene};
use crate::in_parallel;
use crate::proxy::{Proxy, Way};
use crate::support::{PASSWORD, Run, command, finish, message, server};

/// So many runs are made at the same time: most of their time they wait for the disk or for the next connection.
const AT_ONCE: usize = 8;

fn port(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().parse().unwrap()
}

fn through(url: &str, proxy: &Proxy) -> String {
    url.replace(&port(url).to_string(), &proxy.port.to_string())
}

/// The cuts to make: in both directions, everywhere or at a sample.
fn cuts(counts: [u64; 2], sample: u64) -> Vec<(Way, u64)> {
    // Odd, so that it comes to every place within lines of equal length.
    let step = |bytes: u64| if crate::all() { (bytes / 1_500).max(7) | 1 } else { (bytes / sample).max(1) };
    let places =
        |way, bytes: u64| (0..bytes).step_by(usize::try_from(step(bytes)).unwrap()).map(move |after| (way, after));
    places(Way::Down, counts[0]).chain(places(Way::Up, counts[1])).collect()
}

fn says_why(run: &Run, what: &str) {
    assert!(![-1, 0, 101].contains(&run.code), "{what}: {run:?}");
    assert!(!run.stderr.is_empty() && !run.stderr.contains("panicked"), "{what}: {run:?}");
}

#[test]
fn a_backup_that_was_cut_is_completed_by_the_next_run() {
    let scene = Scene::new();
    let counts = {
        let proxy = Proxy::start(port(&scene.url), None);
        let path = scene.path("counted");
        finish(&mut scene.command(&through(&scene.url, &proxy), &path), b"").ok();
        [0, 1].map(|way| proxy.counts[way].load(Ordering::SeqCst))
    };
    let cuts = cuts(counts, 40);
    let partial = AtomicUsize::new(0);
    in_parallel(&cuts, AT_ONCE, |at, (way, after)| {
        let from = if at % 2 == 0 { From::Nothing } else { From::OldArchive };
        let what = format!("{way:?} cut after {after} bytes, from {from:?}");
        let proxy = Proxy::start(port(&scene.url), Some((*way, *after)));
        let path = scene.path(&format!("cut{at}"));
        scene.begin(from, &path);
        // To the tool the proxy is another server: its port is another one.
        let mut command = scene.command(&through(&scene.url, &proxy), &path);
        let run = finish(command.args(["--adopt", "--longest-pause", "10"]), b"");
        // From an old archive less is to be done, and a cut behind it is none.
        if from == From::Nothing && *after + 60 < counts[usize::from(*way == Way::Up)] {
            says_why(&run, &what);
        }
        partial.fetch_add(usize::from(run.code != 0), Ordering::SeqCst);
        scene.assert_mended_by(scene.command_from(from, &path).arg("--adopt"), from, &path, &what);
        crate::archive::clear(&path);
    });
    println!(
        "backup: {} cuts of {counts:?} bytes, {} runs failed and said so, nothing lost",
        cuts.len(),
        partial.into_inner()
    );
}

#[test]
fn an_append_or_a_move_that_was_cut_says_what_is_known() {
    let (_server, account, url) = server();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.eml");
    std::fs::write(&file, message(7)).unwrap();
    let begin = |name: &str| {
        for mailbox in [format!("From{name}"), format!("To{name}")] {
            account.create(&mailbox).unwrap();
        }
        account.append(&format!("From{name}"), message(1)).unwrap();
    };
    let run = |verb: &str, name: &str, url: &str| {
        let (from, to) = (format!("From{name}"), format!("To{name}"));
        let args = match verb {
            "append" => vec!["append", url, &from, file.to_str().unwrap()],
            _ => vec!["move", url, &from, "1", &to],
        };
        finish(command(&args).env("IMAP_PASSWORD", PASSWORD), b"")
    };
    for verb in ["append", "move"] {
        let counts = {
            let proxy = Proxy::start(port(&url), None);
            begin(&format!("{verb}0"));
            run(verb, &format!("{verb}0"), &through(&url, &proxy)).ok();
            [0, 1].map(|way| proxy.counts[way].load(Ordering::SeqCst))
        };
        let cuts = cuts(counts, 40);
        let unknown = AtomicUsize::new(0);
        in_parallel(&cuts, AT_ONCE, |at, (way, after)| {
            let name = format!("{verb}{}", at + 1);
            let what = format!("{verb}: {way:?} cut after {after} bytes");
            begin(&name);
            let proxy = Proxy::start(port(&url), Some((*way, *after)));
            let run = run(verb, &name, &through(&url, &proxy));
            let count = |mailbox: &str| account.messages(&format!("{mailbox}{name}")).unwrap().len();
            // The server may still be at work on what it got.
            let done = || if verb == "append" { count("From") == 2 } else { count("To") == 1 };
            let changed = done() || {
                std::thread::sleep(std::time::Duration::from_millis(if run.code == 0 { 0 } else { 30 }));
                done()
            };
            match run.code {
                // The answer had come; what was cut is the good-bye.
                0 => assert!(changed, "{what}: {run:?}"),
                _ => {
                    says_why(&run, &what);
                    let says_unknown = run.stderr.contains("it is not known whether the server did it");
                    unknown.fetch_add(usize::from(says_unknown), Ordering::SeqCst);
                    assert!(!changed || says_unknown, "{what}: {run:?}");
                }
            }
            assert_eq!(count("From") + count("To"), 1 + usize::from(verb == "append" && changed), "{what}: {run:?}");
        });
        println!(
            "{verb}: {} cuts of {counts:?} bytes, {} outcomes unknown and said so",
            cuts.len(),
            unknown.into_inner()
        );
    }
}
