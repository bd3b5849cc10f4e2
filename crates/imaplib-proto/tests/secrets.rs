//! A password is nowhere: not in what a server repeats of it, and not in memory once it was sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imaplib_proto::command::{Authenticate, Login};
use imaplib_proto::engine::Transmit;
use imaplib_proto::sasl::Plain;
use peer::Peer;

const PASSWORD: &str = "Ge\"heim\\Wort7";

/// The forms in which servers repeat a password.
fn forms() -> Vec<String> {
    let plain = STANDARD.encode(format!("\0ann\0{PASSWORD}"));
    let encoded = STANDARD.encode(PASSWORD);
    vec![
        PASSWORD.to_owned(),
        PASSWORD.to_uppercase(),
        PASSWORD.to_lowercase(),
        "Ge\\\"heim\\\\Wort7".to_owned(),
        "gE\\\"HEIM\\\\wORT7".to_owned(),
        encoded.trim_end_matches('=').to_owned(),
        encoded,
        plain,
    ]
}

#[test]
fn no_form_of_the_password_is_in_the_answer() {
    for form in forms() {
        for kind in ["OK", "NO"] {
            for by_plain in [false, true] {
                let mut peer = Peer::new();
                peer.says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n");
                peer.steps();
                let answer = format!("A1 {kind} welcome {form} here\r\n");
                let text = match by_plain {
                    true => {
                        let ticket = peer.start(Authenticate::new(Box::new(Plain::new("ann", PASSWORD)), true));
                        peer.out();
                        peer.says(&answer);
                        peer.steps();
                        format!("{:?}", peer.engine.take(&ticket).unwrap())
                    }
                    false => {
                        let ticket = peer.start(Login::new("ann", PASSWORD));
                        peer.out();
                        peer.says(&answer);
                        peer.steps();
                        format!("{:?}", peer.engine.take(&ticket).unwrap())
                    }
                };
                assert!(text.contains("welcome <secret>"), "{form}: {text}");
                assert!(text.contains("here") && !text.to_lowercase().contains("wort7"), "{form}: {text}");
            }
        }
    }
}

/// Whether bytes that are these with all bits turned stand in the memory of the program.
#[cfg(target_os = "linux")]
fn is_in_memory(turned: &[u8]) -> bool {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
    // What was read must not be found later.
    let mut block = zeroize::Zeroizing::new(vec![0; 1 << 16]);
    for line in maps.lines().filter(|line| line.contains(" rw") && !line.contains("[v")) {
        let (range, _) = line.split_once(' ').unwrap();
        let (low, high) = range.split_once('-').unwrap();
        let (mut at, high) = (u64::from_str_radix(low, 16).unwrap(), u64::from_str_radix(high, 16).unwrap());
        while at < high {
            let count = usize::try_from(high - at).unwrap().min(block.len());
            if memory.seek(SeekFrom::Start(at)).is_err() || memory.read_exact(&mut block[..count]).is_err() {
                break;
            }
            let is_it = |window: &[u8]| window.iter().zip(turned).all(|(byte, turned)| *byte == !*turned);
            if block[..count].windows(turned.len()).any(is_it) {
                return true;
            }
            at += count as u64 - if at + (count as u64) < high { turned.len() as u64 } else { 0 };
        }
    }
    false
}

/// Made where it is needed, so that the program holds none of it: turned, these are the password's bytes.
#[cfg(target_os = "linux")]
const TURNED: [u8; 24] = {
    let mut turned = [0; 24];
    let mut at = 0;
    while at < 24 {
        turned[at] = !b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at * 7 % 26];
        at += 1;
    }
    turned
};

#[test]
#[cfg(target_os = "linux")]
fn a_password_that_was_sent_is_not_in_memory() {
    let secret = || {
        let mut text = String::with_capacity(TURNED.len());
        text.extend(TURNED.iter().map(|byte| char::from(!*byte)));
        text
    };
    {
        // The scan finds what is there.
        let held = zeroize::Zeroizing::new(secret());
        assert!(is_in_memory(&TURNED), "{}", held.len());
    }
    let encoded: Vec<u8> = {
        let text = zeroize::Zeroizing::new(secret());
        zeroize::Zeroizing::new(STANDARD.encode(text.as_bytes())).bytes().map(|byte| !byte).collect()
    };
    let mut peer = Peer::new();
    peer.says("* OK [CAPABILITY IMAP4rev1] hi\r\n");
    peer.steps();
    let ticket = peer.start(Login::new("a".repeat(100), secret()));
    let mut sent = 0;
    while let Transmit::Bytes(bytes) = peer.engine.transmit() {
        sent += bytes.len();
        let count = bytes.len();
        peer.engine.sent(count);
    }
    assert!(sent > 124);
    peer.says("A1 OK done\r\n");
    peer.ends(&ticket).unwrap();
    assert!(!is_in_memory(&TURNED), "the password is still in memory");
    assert!(!is_in_memory(&encoded), "the password is still in memory, encoded");
}
