//! A scripted server on loopback with mailboxes of its own, which can fail at a command or at one message.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A mailbox with the messages 1 to `count`.
#[derive(Clone, Debug)]
pub struct Mailbox {
    pub name: &'static str,
    pub uid_validity: String,
    pub count: u32,
    pub flags: &'static str,
}

impl Mailbox {
    pub fn new(name: &'static str, count: u32) -> Self {
        Self { name, uid_validity: "7".to_owned(), count, flags: "" }
    }
}

/// What a client asked for, or the row of an answer that is about to be sent.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The number of the connection, from 0 on.
    pub connection: usize,
    /// Such as `UID FETCH`.
    pub command: &'a str,
    pub arguments: &'a str,
    /// The mailbox that is named or open.
    pub mailbox: &'a str,
    /// The message whose row comes next.
    pub uid: Option<u32>,
}

impl Ask<'_> {
    /// True for the row of one message with its text.
    pub fn is_text(&self, mailbox: &str, uid: u32) -> bool {
        self.mailbox == mailbox && self.uid == Some(uid) && self.arguments.contains("BODY")
    }

    /// True for the row of one message without its text.
    pub fn is_listing(&self, mailbox: &str, uid: u32) -> bool {
        self.mailbox == mailbox && self.uid == Some(uid) && !self.arguments.contains("BODY")
    }
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The completion of the command, without its tag.
    End(String),
    /// These bytes, then the command goes on.
    Send(String),
    Close,
    Stall,
}

impl Trouble {
    pub fn end(line: &str) -> Option<Self> {
        Some(Self::End(line.to_owned()))
    }
}

/// It listens until the test's process ends.
pub struct Peer {
    pub url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

type Hook = dyn Fn(&Ask<'_>) -> Option<Trouble> + Send + Sync;

struct Server {
    capabilities: String,
    mailboxes: Mutex<Vec<Mailbox>>,
    hook: Box<Hook>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    pub fn start(
        capabilities: &str,
        mailboxes: &[Mailbox],
        hook: impl Fn(&Ask<'_>) -> Option<Trouble> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let server = Arc::new(Server {
            capabilities: capabilities.to_owned(),
            mailboxes: Mutex::new(mailboxes.to_vec()),
            hook: Box::new(hook),
            heard: Arc::clone(&heard),
        });
        thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                let server = Arc::clone(&server);
                thread::spawn(move || server.serve(client, number));
            }
        });
        Self { url: format!("imap+insecure://alice@127.0.0.1:{port}"), heard }
    }

    /// The commands that came, without their tags.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// How many commands with these words in them came.
    pub fn count(&self, words: &str) -> usize {
        self.heard.lock().unwrap().iter().filter(|line| line.contains(words)).count()
    }
}

/// The text of a message.
pub fn text(mailbox: &str, uid: u32) -> String {
    format!("Subject: {uid}\r\n\r\nmessage {uid} of {mailbox}\r\n")
}

impl Server {
    fn serve(&self, client: TcpStream, connection: usize) {
        let mut reader = BufReader::new(client.try_clone().unwrap());
        let mut out = client;
        let mut open = String::new();
        let greeting = format!("* OK [CAPABILITY IMAP4rev1 {}] hello\r\n", self.capabilities);
        let mut line = String::new();
        if out.write_all(greeting.as_bytes()).is_err() {
            return;
        }
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let (tag, rest) = line.trim_end().split_once(' ').unwrap();
            self.heard.lock().unwrap().push(rest.to_owned());
            let words = if rest.starts_with("UID ") { 2 } else { 1 };
            let at = rest.match_indices(' ').nth(words - 1).map_or(rest.len(), |(at, _)| at);
            let (command, arguments) = rest.split_at(at);
            let arguments = arguments.trim_start();
            let named = arguments.split(' ').next().unwrap().trim_matches('"').to_owned();
            let mailbox = if ["EXAMINE", "SELECT", "STATUS"].contains(&command) { named } else { open.clone() };
            let ask = |uid| Ask { connection, command, arguments, mailbox: &mailbox, uid };
            let mut end = "OK done".to_owned();
            let mut answer = String::new();
            let mut is_over = false;
            match (self.hook)(&ask(None)) {
                Some(Trouble::End(line)) => end = line,
                Some(trouble @ (Trouble::Close | Trouble::Stall)) => is_over = stop(&trouble),
                trouble => {
                    if let Some(Trouble::Send(bytes)) = trouble {
                        answer.push_str(&bytes);
                    }
                    (end, is_over) = self.answer(&ask, &mut answer).unwrap_or((end, false));
                    if ["EXAMINE", "SELECT"].contains(&command) {
                        open.clone_from(&mailbox);
                    }
                }
            }
            if !is_over {
                answer.push_str(&format!("{tag} {end}\r\n"));
            }
            if out.write_all(answer.as_bytes()).is_err() || is_over {
                let _ = out.shutdown(std::net::Shutdown::Both);
                return;
            }
        }
    }

    /// The completion, where it is another than OK, and whether the connection ends.
    fn answer<'a>(&self, ask: &dyn Fn(Option<u32>) -> Ask<'a>, out: &mut String) -> Option<(String, bool)> {
        let Ask { command, arguments, mailbox, .. } = ask(None);
        let mailboxes = self.mailboxes.lock().unwrap().clone();
        let found = mailboxes.iter().find(|known| known.name == mailbox);
        match command {
            "CAPABILITY" => out.push_str(&format!("* CAPABILITY IMAP4rev1 {}\r\n", self.capabilities)),
            "LIST" => {
                for Mailbox { name, .. } in &mailboxes {
                    out.push_str(&format!("* LIST () \"/\" \"{name}\"\r\n"));
                }
            }
            "EXAMINE" | "SELECT" => {
                let Some(Mailbox { count, uid_validity, .. }) = found else {
                    return Some(("NO [NONEXISTENT] no such mailbox".to_owned(), false));
                };
                out.push_str(&format!(
                    "* {count} EXISTS\r\n* OK [UIDVALIDITY {uid_validity}] x\r\n* OK [UIDNEXT {}] x\r\n",
                    count + 1
                ));
            }
            "STATUS" => {
                let Mailbox { name, count, uid_validity, .. } = found?;
                let next = count + 1;
                out.push_str(&format!(
                    "* STATUS \"{name}\" (MESSAGES {count} UIDNEXT {next} UIDVALIDITY {uid_validity} HIGHESTMODSEQ 5)\r\n"
                ));
            }
            "UID SEARCH" => {
                let uids: Vec<String> = (1..=found?.count).map(|uid| uid.to_string()).collect();
                out.push_str(&format!("* SEARCH {}\r\n", uids.join(" ")));
            }
            "UID FETCH" => {
                let Mailbox { name, count, flags, .. } = found?;
                let set = arguments.split(' ').next().unwrap();
                for uid in (1..=*count).filter(|uid| contains(set, *uid)) {
                    match (self.hook)(&ask(Some(uid))) {
                        None => out.push_str(&row(name, uid, flags, arguments)),
                        Some(Trouble::Send(bytes)) => out.push_str(&bytes),
                        Some(Trouble::End(line)) => return Some((line, false)),
                        Some(trouble) => return Some((String::new(), stop(&trouble))),
                    }
                }
            }
            _ => {}
        }
        None
    }
}

/// Waits if it is to; then the connection ends.
fn stop(trouble: &Trouble) -> bool {
    if matches!(trouble, Trouble::Stall) {
        thread::sleep(Duration::from_secs(20));
    }
    true
}

pub fn contains(set: &str, uid: u32) -> bool {
    set.split(',').any(|range| {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        let number = |text: &str| if text == "*" { u32::MAX } else { text.parse().unwrap() };
        (number(low)..=number(high)).contains(&uid)
    })
}

fn row(mailbox: &str, uid: u32, flags: &str, items: &str) -> String {
    let text = text(mailbox, uid);
    let mut parts = vec![format!("UID {uid}")];
    for (item, value) in [
        ("FLAGS", format!("FLAGS ({flags})")),
        ("INTERNALDATE", "INTERNALDATE \"17-Jul-2024 02:44:25 +0000\"".to_owned()),
        ("RFC822.SIZE", format!("RFC822.SIZE {}", text.len())),
        ("BODY", format!("BODY[] {{{}}}\r\n{text}", text.len())),
    ] {
        if items.contains(item) {
            parts.push(value);
        }
    }
    format!("* {uid} FETCH ({})\r\n", parts.join(" "))
}
