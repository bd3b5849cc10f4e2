//! Mail to back up: the same messages in each run, of sizes as they are in life.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::outcome::Outcome;
use crate::random::Random;

const WORDS: [&str; 40] = [
    "the", "of", "and", "to", "in", "is", "it", "for", "on", "with", "as", "are", "this", "that", "be", "at", "from",
    "by", "we", "you", "have", "not", "but", "our", "will", "please", "report", "meeting", "project", "budget",
    "server", "update", "review", "draft", "invoice", "Grüße", "straße", "réunion", "über", "mañana",
];
const PEOPLE: [&str; 5] = [
    "Ann Example <ann@example.org>",
    "\"Doe, Jane (Sales)\" <jane.doe@example.com>",
    "=?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?= <j.mueller@example.net>",
    "noreply@lists.example.org",
    "Bob O'Neil <bob+tag@example.com>",
];
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// No message is longer than about this.
const MOST: f64 = 5e6;
/// 2020-01-01.
const FIRST: u64 = 1_577_836_800;

/// What was made.
#[derive(Clone, Copy, Debug, Default)]
struct Made {
    messages: u64,
    /// Bytes as they go over the wire, with CR LF.
    bytes: u64,
}

/// Which messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of sizes as in life, some with attachments.
    Mixed,
    /// A few hundred bytes each.
    Small,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Small => "small",
        }
    }
}

/// Fills a Maildir in this process, and reports what it made: `MAILDIR FIRST COUNT KIND`.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let [maildir, first, count, kind] = words else { return Err("mail: maildir first count kind".into()) };
    let kind = if kind == Kind::Small.name() { Kind::Small } else { Kind::Mixed };
    let made = fill(Path::new(maildir), first.parse()?, count.parse()?, kind)?;
    println!("messages {}\nbytes {}", made.messages, made.bytes);
    Ok(())
}

/// Fills a Maildir with so many messages, numbered from `first` on.
fn fill(maildir: &Path, first: u64, count: u64, kind: Kind) -> io::Result<Made> {
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(maildir.join(part))?;
    }
    let mut random = Random::new(6 + first);
    let attached = if kind == Kind::Mixed { base64(&mut random) } else { String::new() };
    let mut made = Made::default();
    for n in first..first + count {
        let text = match kind {
            Kind::Mixed => message(n, &mut random, &attached),
            Kind::Small => note(n, &mut random),
        };
        let lines = text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        let (short, long) = (text.len() as u64, text.len() as u64 + lines);
        let flags = *random.pick(&["S", "S", "S", "RS", "FS", ""]);
        let time = FIRST + n * 600;
        let path = maildir.join("cur").join(format!("{time}.M{n:06}P1.localhost,S={short},W={long}:2,{flags}"));
        std::fs::write(&path, text)?;
        made = Made { messages: made.messages + 1, bytes: made.bytes + long };
    }
    Ok(made)
}

/// Lines of 76 characters, from which attachments are cut.
fn base64(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..40_000 {
        text.extend((0..76).map(|_| char::from(*random.pick(LETTERS))));
        text.push('\n');
    }
    text
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Sizes below five millions.
fn message(n: u64, random: &mut Random, attached: &str) -> String {
    let mut text = String::new();
    let (from, to) = (*random.pick(&PEOPLE), *random.pick(&PEOPLE));
    for hop in 0..=random.below(4) {
        let _ = write!(
            text,
            "Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{}])\n\tby mail.example.org (Postfix) \
             with ESMTPS id {:X}\n\tfor <alice@example.org>; Tue, 7 Mar 2023 10:14:07 +0100\n",
            random.below(255),
            random.next() >> 24
        );
    }
    let subject: Vec<&str> = (0..3 + random.below(8)).map(|_| WORDS[random.below(35)]).collect();
    let _ = write!(
        text,
        "From: {from}\nTo: {to}\nSubject: {}\nDate: Tue, 7 Mar 2023 10:14:{:02} +0100\n\
         Message-ID: <{n}.{:x}@mail.example.org>\nMIME-Version: 1.0\n",
        subject.join(" "),
        n % 60,
        random.next()
    );
    let size = random.log_normal(6700.0, 0.95).min(MOST) as usize;
    let with = if random.unit() < 0.1 { 1 + random.below(3) } else { 0 };
    if with == 0 {
        text.push_str("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
        prose(&mut text, size, random);
        return text;
    }
    let _ = write!(
        text,
        "Content-Type: multipart/mixed; boundary=\"b{n}\"\n\n--b{n}\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\n"
    );
    prose(&mut text, size.min(12_000), random);
    for part in 1..=with {
        let lines = (random.log_normal(20_000.0, 1.65).min(MOST / 2.0) as usize / 77).clamp(1, 39_000);
        let start = random.below(40_000 - lines) * 77;
        let _ = write!(
            text,
            "--b{n}\nContent-Type: application/pdf; name=\"report {part}.pdf\"\nContent-Transfer-Encoding: base64\n\
             Content-Disposition: attachment; filename=\"report {part}.pdf\"\n\n{}",
            &attached[start..start + lines * 77]
        );
    }
    let _ = writeln!(text, "--b{n}--");
    text
}

/// A short message.
fn note(n: u64, random: &mut Random) -> String {
    let mut text = format!(
        "From: {}\nTo: alice@example.org\nSubject: note {n}\nDate: Tue, 7 Mar 2023 10:14:{:02} +0100\n\
         Message-ID: <{n}@notes.example.org>\n\n",
        random.pick(&PEOPLE),
        n % 60
    );
    prose(&mut text, 300, random);
    text
}

/// Lines of words.
fn prose(text: &mut String, size: usize, random: &mut Random) {
    let (end, mut line) = (text.len() + size, text.len());
    while text.len() < end {
        text.push_str(WORDS[random.below(WORDS.len())]);
        let full = text.len() - line > 68;
        text.push(if full { '\n' } else { ' ' });
        line = if full { text.len() } else { line };
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_is_the_same_each_time_and_of_sizes_as_in_life() {
        let make = || {
            let mut random = Random::new(7);
            let attached = base64(&mut random);
            (1..=500).map(|n| message(n, &mut random, &attached)).collect::<Vec<_>>()
        };
        let messages = make();
        assert_eq!(messages, make());
        let mut sizes: Vec<usize> = messages.iter().map(String::len).collect();
        sizes.sort_unstable();
        assert!((6_000..10_000).contains(&sizes[250]), "{}", sizes[250]);
        assert!(messages.iter().all(|message| message.contains("\n\n") && !message.contains('\r')));
    }
}
