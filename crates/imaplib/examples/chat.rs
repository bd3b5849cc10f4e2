//! A chat in a mailbox (async): over a stream of its own through a SOCKS5 proxy, with a token that is refreshed. New messages are
//! printed as they come; lines of standard input interrupt the wait for them.
//!
//! ```sh
//! IMAP_TOKEN=… IMAP_FRESH_TOKEN=… cargo run --example chat imaps://user@imap.example.org socks5://127.0.0.1:1080 Chat Archive
//! ```
//!
//! | line | what it does |
//! |---|---|
//! | `say TEXT` | sends a message into the mailbox |
//! | `archive` | moves the messages that were printed to the other mailbox |
//! | `remove` | removes them for good |
//! | `quit` | ends it |

use std::io::Error as IoError;

use imaplib::types::{Flag, UidSet};
use imaplib::{AppendMessage, Client, ConnectOptions, Endpoint, FetchItem, FlagChange, Mailbox, Proxy, SelectOptions};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// The token at hand, or a fresh one. A real program asks its provider for one here.
async fn token(refresh: bool) -> Result<String, IoError> {
    let variable = if refresh { "IMAP_FRESH_TOKEN" } else { "IMAP_TOKEN" };
    std::env::var(variable).map_err(|_| IoError::other(format!("{variable} is not set")))
}

/// The mailbox, and how much of it was seen.
struct Chat<'a> {
    mailbox: Mailbox<'a>,
    mod_seq: u64,
    printed: UidSet,
}

impl Chat<'_> {
    /// Prints the messages that are new.
    async fn print_new(&mut self) -> imaplib::Result<()> {
        let (before, known) = (self.mod_seq, self.printed.clone());
        let mut rows = self.mailbox.fetch_changed_since(UidSet::all(), FetchItem::Envelope, before)?;
        while let Some(mut row) = rows.next().await? {
            row.finish().await?;
            self.mod_seq = self.mod_seq.max(row.data().mod_seq.unwrap_or_default());
            // Others changed, such as in their flags.
            let Some(uid) = row.uid().filter(|uid| !known.contains(*uid)) else { continue };
            let subject = row.envelope().and_then(|envelope| envelope.subject()).unwrap_or_default();
            println!("{}", subject.to_string_lossy().replace(char::is_control, " "));
            self.printed.insert(uid);
        }
        Ok(())
    }

    /// Waits for messages until there is a line.
    async fn next_line(&mut self, lines: &mut mpsc::Receiver<String>) -> imaplib::Result<Option<String>> {
        loop {
            let mut idle = self.mailbox.idle();
            tokio::select! {
                line = lines.recv() => {
                    idle.done().await?;
                    return Ok(line);
                }
                // Nothing is lost of a wait that is dropped.
                event = idle.next(None) => event?,
            };
            idle.done().await?;
            self.print_new().await?;
        }
    }

    /// Does what the line asks for.
    async fn obey(&mut self, line: &str, mailbox: &str, archive: &str) -> imaplib::Result<()> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("say", text) => {
                let message = format!("Subject: {text}\r\n\r\n");
                self.mailbox.session().append(mailbox, AppendMessage::from(message.as_str())).await?;
                self.mailbox.noop().await?;
            }
            ("archive", _) => {
                let moved = std::mem::take(&mut self.printed);
                self.mailbox.move_messages(moved, archive).await?;
            }
            ("remove", _) => {
                let removed = std::mem::take(&mut self.printed);
                self.mailbox.store(removed.clone(), FlagChange::add(Flag::Deleted)).await?;
                println!("{} removed", self.mailbox.expunge_uids(&removed).await?);
            }
            _ => eprintln!("say TEXT, archive, remove or quit"),
        }
        self.print_new().await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: chat ADDRESS PROXY MAILBOX ARCHIVE");
    let (endpoint, proxy): (Endpoint, Proxy) = (argument()?.parse()?, argument()?.parse()?);
    let (mailbox, archive) = (argument()?, argument()?);
    let user = endpoint.user().ok_or("the address names no user")?.to_owned();

    // A stream of one's own: here an ordinary one to the proxy.
    let stream = TcpStream::connect((proxy.host(), proxy.port())).await?;
    let client = Client::connect_over(stream, &endpoint, &ConnectOptions::new().proxy(proxy)).await?;
    let mut session = client.login_with_tokens(&user, token).await?;
    let (opened, _) = session.select_with(mailbox.as_str(), SelectOptions::new().condstore()).await?;
    let mod_seq = opened.highest_mod_seq().unwrap_or_default();
    let mut chat = Chat { mailbox: opened, mod_seq, printed: UidSet::new() };

    let (sender, mut lines) = mpsc::channel(8);
    tokio::spawn(async move {
        let mut input = BufReader::new(tokio::io::stdin()).lines();
        while let Ok(Some(line)) = input.next_line().await {
            if sender.send(line).await.is_err() {
                break;
            }
        }
    });
    while let Some(line) = chat.next_line(&mut lines).await?.filter(|line| line != "quit") {
        chat.obey(&line, &mailbox, &archive).await?;
    }
    session.logout().await?;
    // The task may still wait for a line.
    std::process::exit(0);
}
