//! A server on loopback with mailboxes of its own, of which a test changes single answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::{PASSWORD, Run, command, finish};

/// One command of a client.
pub struct Command<'a> {
    /// Which connection it came on, counted from 0.
    pub connection: usize,
    /// The name in capitals, such as `UID FETCH`.
    pub name: &'a str,
    /// What stands behind the name; literals are replaced by their text.
    pub arguments: &'a str,
    /// The mailbox that is open.
    pub selected: &'a str,
    stream: &'a TcpStream,
}

impl Command<'_> {
    /// Sends something before the answer.
    pub fn send(&self, text: &str) {
        let _ = (&mut &*self.stream).write_all(text.as_bytes());
    }

    /// Reads the client's next line.
    pub fn read_line(&self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while matches!((&mut &*self.stream).read(&mut byte), Ok(1)) && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    /// The first of the UIDs that the command is about.
    pub fn uids(&self) -> Vec<u32> {
        let set = self.arguments.split(' ').next().unwrap_or_default();
        let number = |text: &str| if text == "*" { u32::MAX } else { text.parse().unwrap() };
        let mut uids = Vec::new();
        for range in set.split(',') {
            let (low, high) = range.split_once(':').unwrap_or((range, range));
            uids.extend(number(low)..=number(high).min(number(low).saturating_add(10_000)));
        }
        uids
    }

    /// The mailbox that the command names first.
    pub fn mailbox(&self) -> String {
        let text = self.arguments.trim_start();
        match text.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap().to_owned(),
            None => text.split(' ').next().unwrap().to_owned(),
        }
    }
}

/// What a test makes of a command. `@` stands for the tag, and `@@` for itself.
pub enum Answer {
    /// What every server would say.
    Usual,
    /// This, in place of it.
    Says(String),
    /// This, and then the connection ends.
    Ends(String),
}

pub fn says(text: impl Into<String>) -> Answer {
    Answer::Says(text.into())
}

/// Mailboxes by name, each with the UIDs of its messages.
pub type Mailboxes = &'static [(&'static str, &'static [u32])];

pub struct Peer {
    pub url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// Announces `capabilities` and wants a login.
    pub fn start(
        capabilities: &'static str,
        mailboxes: Mailboxes,
        answer: impl Fn(&Command<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("imap+insecure://alice@{}", listener.local_addr().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&lines));
        let gone = Arc::<Mutex<Vec<(String, u32)>>>::default();
        std::thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                let gone = Arc::clone(&gone);
                let serve = Serve { connection, capabilities, mailboxes, gone, selected: String::new() };
                std::thread::spawn(move || serve.run(&stream.unwrap(), &log, &*answer));
            }
        });
        Self { url, lines }
    }

    /// The command of the tool with these arguments behind the account.
    pub fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = command(&[&[arguments[0], self.url.as_str()], &arguments[1..]].concat());
        command.env("IMAP_PASSWORD", PASSWORD);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        finish(&mut self.command(arguments), b"")
    }

    /// What the clients have sent, without tags: the number of the connection, a space, the command.
    pub fn heard(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// How many commands began so.
    pub fn count(&self, beginning: &str) -> usize {
        self.heard().iter().filter(|line| line.split_once(' ').unwrap().1.starts_with(beginning)).count()
    }
}

struct Serve {
    connection: usize,
    capabilities: &'static str,
    mailboxes: Mailboxes,
    /// What was moved or removed, by any client.
    gone: Arc<Mutex<Vec<(String, u32)>>>,
    selected: String,
}

impl Serve {
    fn run(mut self, stream: &TcpStream, log: &Mutex<Vec<String>>, answer: &dyn Fn(&Command<'_>) -> Answer) {
        let send = |text: &str| (&mut &*stream).write_all(text.as_bytes()).is_ok();
        if !send(&format!("* OK [CAPABILITY IMAP4rev1 {}] hello\r\n", self.capabilities)) {
            return;
        }
        // Byte by byte, so that what a test reads itself is left to it.
        let mut reader = BufReader::with_capacity(1, stream);
        let mut idle = String::new();
        loop {
            let mut line = String::new();
            loop {
                let mut part = Vec::new();
                if reader.read_until(b'\n', &mut part).unwrap_or_default() == 0 {
                    return;
                }
                let part = String::from_utf8_lossy(&part).trim_end().to_owned();
                let Some((before, length)) = part.strip_suffix('}').and_then(|part| part.rsplit_once('{')) else {
                    line.push_str(&part);
                    break;
                };
                if !length.ends_with('+') {
                    send("+ go\r\n");
                }
                let mut literal = vec![0; length.trim_end_matches('+').parse().unwrap()];
                if reader.read_exact(&mut literal).is_err() {
                    return;
                }
                line.push_str(before);
                line.push_str(&String::from_utf8_lossy(&literal));
            }
            // The answer to IDLE has its tag.
            let done = format!("{idle} DONE");
            let line = if line == "DONE" { &done } else { &line };
            let (tag, rest) = line.split_once(' ').unwrap_or((line, ""));
            if rest.eq_ignore_ascii_case("IDLE") {
                idle = tag.to_owned();
            }
            log.lock().unwrap().push(format!("{} {rest}", self.connection));
            let words = if rest.to_ascii_uppercase().starts_with("UID ") { 2 } else { 1 };
            let mut parts = rest.splitn(words + 1, ' ');
            let name = parts.by_ref().take(words).collect::<Vec<_>>().join(" ").to_ascii_uppercase();
            let arguments = parts.next().unwrap_or_default().to_owned();
            let selected = self.selected.clone();
            let asked = Command {
                connection: self.connection,
                name: &name,
                arguments: &arguments,
                selected: &selected,
                stream,
            };
            let tagged = |text: &str| text.replace("@@", "\u{1}").replace('@', tag).replace('\u{1}', "@");
            let alive = match answer(&asked) {
                Answer::Usual => send(&tagged(&self.usual(&asked))),
                Answer::Says(text) => send(&tagged(&text)),
                Answer::Ends(text) => {
                    send(&tagged(&text));
                    false
                }
            };
            if !alive || name == "LOGOUT" {
                let _ = stream.shutdown(std::net::Shutdown::Both);
                return;
            }
        }
    }

    fn messages(&self, mailbox: &str) -> Option<Vec<u32>> {
        let (name, uids) = self.mailboxes.iter().find(|(name, _)| name.eq_ignore_ascii_case(mailbox))?;
        let gone = self.gone.lock().unwrap();
        Some(uids.iter().copied().filter(|uid| !gone.contains(&((*name).to_owned(), *uid))).collect())
    }

    fn usual(&mut self, asked: &Command<'_>) -> String {
        let here = self.messages(&self.selected).unwrap_or_default();
        match asked.name {
            "CAPABILITY" => format!("* CAPABILITY IMAP4rev1 {}\r\n@ OK x\r\n", self.capabilities),
            "LIST" | "LSUB" => {
                let arguments = asked.arguments.trim_start_matches("\"\" ");
                let wanted = arguments.trim_matches('"');
                let listed =
                    self.mailboxes.iter().filter(|(name, _)| wanted == "*" || name.eq_ignore_ascii_case(wanted));
                let lines: String =
                    listed.map(|(name, _)| format!("* {} () \"/\" \"{name}\"\r\n", asked.name)).collect();
                lines + "@ OK x\r\n"
            }
            "SELECT" | "EXAMINE" => match self.messages(&asked.mailbox()) {
                None => "@ NO [NONEXISTENT] there is none\r\n".to_owned(),
                Some(uids) => {
                    self.selected = asked.mailbox();
                    format!(
                        "* {} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {}] x\r\n@ OK done\r\n",
                        uids.len(),
                        uids.last().unwrap_or(&0) + 1
                    )
                }
            },
            "STATUS" => match self.messages(&asked.mailbox()) {
                None => "@ NO [NONEXISTENT] there is none\r\n".to_owned(),
                Some(uids) => format!(
                    "* STATUS \"{}\" (MESSAGES {} UNSEEN 0 UIDNEXT {} UIDVALIDITY 7)\r\n@ OK x\r\n",
                    asked.mailbox(),
                    uids.len(),
                    uids.last().unwrap_or(&0) + 1
                ),
            },
            "UID SEARCH" => {
                let words: Vec<&str> = asked.arguments.split(' ').collect();
                let set = words.iter().position(|word| *word == "UID").map(|at| words[at + 1]);
                let found = here.iter().filter(|uid| set.is_none_or(|set| is_within(set, **uid, &here)));
                format!("* SEARCH{}\r\n@ OK x\r\n", found.map(|uid| format!(" {uid}")).collect::<String>())
            }
            "UID FETCH" => {
                let (set, items) = asked.arguments.split_once(' ').unwrap();
                let rows = here.iter().enumerate().filter(|(_, uid)| is_within(set, **uid, &here));
                rows.map(|(at, uid)| row(at + 1, *uid, items)).collect::<String>() + "@ OK x\r\n"
            }
            // Whether they are marked, nobody asks.
            "UID MOVE" | "UID EXPUNGE" => {
                let set = asked.arguments.split(' ').next().unwrap();
                let gone: Vec<(usize, u32)> =
                    here.iter().copied().enumerate().rev().filter(|(_, uid)| is_within(set, *uid, &here)).collect();
                let open = self.mailboxes.iter().find(|(name, _)| name.eq_ignore_ascii_case(&self.selected));
                let open = open.map_or_else(String::new, |(name, _)| (*name).to_owned());
                self.gone.lock().unwrap().extend(gone.iter().map(|(_, uid)| (open.clone(), *uid)));
                gone.iter().map(|(at, _)| format!("* {} EXPUNGE\r\n", at + 1)).collect::<String>() + "@ OK x\r\n"
            }
            "IDLE" => "+ idling\r\n".to_owned(),
            "LOGOUT" => "* BYE x\r\n@ OK x\r\n".to_owned(),
            _ => "@ OK x\r\n".to_owned(),
        }
    }
}

/// Whether a UID lies in a set; `*` is the last message.
fn is_within(set: &str, uid: u32, here: &[u32]) -> bool {
    let number = |text: &str| if text == "*" { *here.last().unwrap_or(&0) } else { text.parse().unwrap() };
    set.split(',').any(|range| {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        let (low, high) = (number(low), number(high));
        (low.min(high)..=low.max(high)).contains(&uid)
    })
}

/// The text of every message.
pub fn text(uid: u32) -> String {
    format!("Subject: number {uid}\r\n\r\nhello\r\n")
}

/// A row of a FETCH with the items that were asked for.
pub fn row(number: usize, uid: u32, items: &str) -> String {
    let text = text(uid);
    let mut parts = vec![format!("UID {uid}")];
    for (item, value) in [
        ("FLAGS", "()".to_owned()),
        ("INTERNALDATE", "\"17-Jul-2024 02:44:25 +0000\"".to_owned()),
        ("RFC822.SIZE", text.len().to_string()),
        ("ENVELOPE", format!("(NIL \"number {uid}\" NIL NIL NIL NIL NIL NIL NIL NIL)")),
        ("BODYSTRUCTURE", format!("(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" {} 3)", text.len())),
    ] {
        if items.contains(item) {
            parts.push(format!("{item} {value}"));
        }
    }
    if items.contains("BODY.PEEK[]") {
        parts.push(format!("BODY[] {{{}}}\r\n{text}", text.len()));
    }
    format!("* {number} FETCH ({})\r\n", parts.join(" "))
}
