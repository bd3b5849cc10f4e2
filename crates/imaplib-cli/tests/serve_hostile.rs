//! Hostile clients of `imap serve`: others are served, its memory stays small, and it does not end.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::served::{Raw, Serving};
use support::{fill, imap_as_alice, server, tree};

/// What somebody sends who has not logged in.
const BEFORE_LOGIN: [&[u8]; 12] = [
    b"",
    b"\r\n\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"a LOGIN {99999999999}\r\n",
    b"a LOGIN {8192+}\r\n",
    b"a AUTHENTICATE PLAIN\r\n!!!!\r\n",
    b"a SELECT INBOX\r\nb FETCH 1 BODY[]\r\nc LIST \"\" *\r\n",
    b"a LOGIN archive \"\"\r\nb LOGIN archive x\r\nc LOGIN archive y\r\nd LOGIN archive z\r\n",
    b"+ + + + * OK\r\n",
    b"a STARTTLS\r\nb COMPRESS DEFLATE\r\nc IDLE\r\n",
    b"a AUTHENTICATE EXTERNAL =\r\nb AUTHENTICATE ANONYMOUS =\r\nc AUTHENTICATE CRAM-MD5\r\n",
];

/// What somebody sends who has logged in.
fn after_login() -> Vec<String> {
    let deep = "(".repeat(10_000);
    let many_items = "BODY[] ".repeat(5_000);
    let texts = "BODY x ".repeat(5_000);
    let patterns = "\"*%*%*%*%*%*\" ".repeat(3_000);
    vec![
        "SELECT ../../../../etc/passwd".to_owned(),
        "SELECT \"/etc\"".to_owned(),
        "SELECT INBOX/../.log".to_owned(),
        "EXAMINE .imap-backup.sqlite".to_owned(),
        "SELECT {30+}\r\nINBOX/cur/../../../etc/shadow.".to_owned(),
        "STATUS \"INBOX\0\" (MESSAGES)".to_owned(),
        "SELECT INBOX".to_owned(),
        format!("SEARCH {deep}"),
        format!("SEARCH {}ALL", "NOT ".repeat(10_000)),
        format!("SEARCH {}ALL", "OR ALL ".repeat(8_000)),
        format!("SEARCH {}", texts.trim_end()),
        format!("FETCH 1:* ({})", many_items.trim_end()),
        format!("LIST \"\" ({})", patterns.trim_end()),
        format!("LIST \"\" {}", "*%".repeat(20_000)),
        "FETCH 1:4294967295 (BODY[])".to_owned(),
        "UID FETCH 4294967295:1,1:*,* (FLAGS)".to_owned(),
        format!("UID FETCH {} FLAGS", (1..8_000).map(|n| (n * 2).to_string()).collect::<Vec<_>>().join(",")),
        "FETCH 1 BODY[1.1.1.1.1.1.1.1.1.1.1.1]<18446744073709551615.18446744073709551615>".to_owned(),
        "FETCH 1 BODY[]<9223372036854775807.9223372036854775807>".to_owned(),
        "APPEND INBOX {99999999999}".to_owned(),
        format!("APPEND INBOX {{3000+}}\r\n{}", "x".repeat(3000)),
        "SEARCH SUBJECT {65000}".to_owned(),
        "UID SEARCH RETURN (SAVE ALL) ALL".to_owned(),
        "STORE 1:* +FLAGS (\\Deleted)".to_owned(),
        "EXPUNGE".to_owned(),
        "DELETE INBOX".to_owned(),
        "RENAME INBOX x".to_owned(),
        "ENABLE QRESYNC CONDSTORE UTF8=ACCEPT".to_owned(),
        "NOTIFY SET (personal (MessageNew MessageExpunge))".to_owned(),
        "GETMETADATA INBOX /private".to_owned(),
        "\u{fc}\u{0}".to_owned(),
    ]
}

/// Reads for a moment, whatever comes.
fn drain(stream: &mut TcpStream, time: Duration) {
    let end = Instant::now() + time;
    let mut buffer = vec![0; 64 << 10];
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    while Instant::now() < end {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

fn archive(messages: usize) -> tempfile::TempDir {
    let (server, account, url) = server();
    fill(&account, "INBOX", 0..messages);
    account.append("INBOX", format!("Subject: long\r\n\r\n{}", "0123456789 abcdef\r\n".repeat(200_000))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    imap_as_alice(&["backup", &url, folder.path().to_str().unwrap()]).ok();
    drop(server);
    folder
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = tree(folder).into_iter().filter(|file| !file.contains("sqlite-"));
    files.map(|file| (file.clone(), fs::read(folder.join(file)).unwrap())).collect()
}

#[test]
fn a_hundred_hostile_clients_do_no_harm() {
    let folder = archive(300);
    let before = contents(folder.path());
    let serving = Serving::start(folder.path(), &[]);
    let is_over = Arc::new(AtomicBool::new(false));
    let mut threads = Vec::new();
    // Sixty that do not log in: some once, some as fast as they can, some a byte at a time.
    for number in 0..60 {
        let (address, is_over) = (serving.address.clone(), Arc::clone(&is_over));
        threads.push(thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let Ok(mut stream) = TcpStream::connect(&address) else { continue };
                let bytes = BEFORE_LOGIN[number % BEFORE_LOGIN.len()];
                match number % 5 {
                    0 => bytes.iter().for_each(|byte| {
                        let _ = stream.write_all(&[*byte]);
                        thread::sleep(Duration::from_millis(20));
                    }),
                    1 => {
                        let flood = vec![b'x'; 1 << 20];
                        let _ = stream.write_all(&flood);
                    }
                    _ => drop(stream.write_all(bytes)),
                }
                drain(&mut stream, Duration::from_millis(if number % 2 == 0 { 1500 } else { 100 }));
            }
        }));
    }
    // Forty that know the password; some of them do not read what they asked for.
    for number in 0..40 {
        let (address, password, is_over) = (serving.address.clone(), serving.password.clone(), Arc::clone(&is_over));
        threads.push(thread::spawn(move || {
            let commands = after_login();
            while !is_over.load(Ordering::Relaxed) {
                let Ok(mut stream) = TcpStream::connect(&address) else { continue };
                let mut text = format!("l LOGIN archive {password}\r\ns SELECT INBOX\r\n");
                for (place, command) in commands.iter().cycle().skip(number).take(commands.len()).enumerate() {
                    text.push_str(&format!("t{place} {command}\r\n"));
                }
                if number % 4 == 0 {
                    text = format!(
                        "l LOGIN archive {password}\r\ns SELECT INBOX\r\n{}",
                        "f FETCH 1:* BODY[]\r\n".repeat(2_000)
                    );
                }
                let _ = stream.write_all(text.as_bytes());
                if number % 4 == 0 {
                    thread::sleep(Duration::from_millis(700));
                } else {
                    drain(&mut stream, Duration::from_millis(1500));
                }
            }
        }));
    }
    // An honest client comes again and again.
    let end = Instant::now() + Duration::from_secs(12);
    let (mut served, mut slowest) = (0, Duration::ZERO);
    while Instant::now() < end {
        let begun = Instant::now();
        if honest(&serving).is_some() {
            served += 1;
            slowest = slowest.max(begun.elapsed());
        }
    }
    is_over.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    eprintln!("{served} sessions of an honest client, the slowest {slowest:?}; memory {} KiB", serving.peak());
    assert!(served >= 3, "the honest client was served {served} times");
    assert!(serving.peak() < 160 << 10, "{} KiB", serving.peak());
    // Afterwards all is as before.
    assert!(honest(&serving).is_some());
    drop(serving);
    assert!(contents(folder.path()) == before);
}

/// A whole session; `None` if it was turned away.
fn honest(serving: &Serving) -> Option<()> {
    let stream = TcpStream::connect(&serving.address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let mut raw = Raw(std::io::BufReader::new(stream));
    let mut ask = |command: &str| -> Option<String> {
        raw.0.get_mut().write_all(format!("q {command}\r\n").as_bytes()).ok()?;
        let mut said = Vec::new();
        while !said.windows(4).any(|window| window == b"\nq O") && !said.starts_with(b"q O") {
            let before = said.len();
            std::io::BufRead::read_until(&mut raw.0, b'\n', &mut said).ok()?;
            if said.len() == before {
                return None;
            }
        }
        Some(String::from_utf8_lossy(&said).into_owned())
    };
    ask(&format!("LOGIN archive {}", serving.password))?;
    assert!(ask("SELECT INBOX")?.contains("* 301 EXISTS"));
    assert!(ask("FETCH 5 BODY.PEEK[]")?.contains("Subject: "));
    Some(())
}

#[test]
fn passwords_are_guessed_slowly() {
    let folder = archive(1);
    let serving = Serving::start(folder.path(), &[]);
    let begun = Instant::now();
    let guessers: Vec<_> = (0..3)
        .map(|_| {
            let address = serving.address.clone();
            thread::spawn(move || {
                let mut raw = Raw::connect(&address);
                raw.send(&b"g LOGIN archive guess\r\n".repeat(50));
                let mut said = String::new();
                loop {
                    let line = raw.line();
                    said.push_str(&line);
                    if line.is_empty() {
                        return said;
                    }
                }
            })
        })
        .collect();
    let said: Vec<String> = guessers.into_iter().map(|guesser| guesser.join().unwrap()).collect();
    for said in said {
        assert_eq!(said.matches("g NO [AUTHENTICATIONFAILED]").count(), 3, "{said}");
        assert!(said.contains("* BYE"), "{said}");
    }
    assert!(begun.elapsed() > Duration::from_secs(8), "nine guesses took {:?}", begun.elapsed());
    // Who knows the password does not wait.
    let begun = Instant::now();
    serving.client();
    assert!(begun.elapsed() < Duration::from_secs(1));
}
