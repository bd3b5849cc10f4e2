//! The errands, by each client as its interface has them.

use std::net::TcpStream;
use std::time::Instant;

use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::outcome::Outcome;

/// A message of 2 kB.
fn message() -> String {
    format!("Subject: hello\r\nFrom: ann@example.org\r\n\r\n{}", "All work and no play.\r\n".repeat(85))
}

/// Carries out an errand in this process: `SUBJECT ERRAND PORT TIMES`.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let [subject, errand, port, times] = words else { return Err("errand: subject errand port times".into()) };
    let (port, times) = (port.parse()?, times.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (wall, done): (f64, usize) = match subject.as_str() {
        "blocking" => blocking::run(errand, port, times)?,
        "async" => runtime.block_on(on_tokio::run(errand, port, times))?,
        "rust-imap" => rust_imap(errand, port, times)?,
        "async-imap" => runtime.block_on(async_imap(errand, port, times))?,
        _ => return Err("no such subject".into()),
    };
    if done != times {
        return Err(format!("wrong: {done} of {times}").into());
    }
    println!("wall {wall:.6}");
    Ok(())
}

macro_rules! wait {
    (($async:ident) $future:expr) => {
        $future.await
    };
    (() $value:expr) => {
        $value
    };
}

macro_rules! ours {
    ($client:path, $async:tt, $($keyword:ident)?) => {
        use std::time::Instant;

        use imaplib::command::{self, FetchAll};
        use imaplib::types::{StatusItem, Uid, UidSet};
        use imaplib::{Endpoint, FetchItem, AppendMessage, ConnectOptions};

        use super::{Outcome, message};

        pub(super) $($keyword)? fn run(errand: &str, port: u16, times: usize) -> Outcome<(f64, usize)> {
            use $client as Client;
            let client = wait!($async Client::connect_with(&Endpoint::insecure("127.0.0.1", port), &ConnectOptions::new()))?;
            let mut session = wait!($async client.login("demo", "demo"))?;
            let message = message();
            let mut done = 0;
            if errand == "fetch" {
                wait!($async session.select("INBOX"))?;
            }
            let start = Instant::now();
            match errand {
                "status" => {
                    let items = [StatusItem::Messages, StatusItem::UidNext];
                    let found = wait!($async session.list_status("*", &items))?;
                    done = found.iter().filter(|mailbox| mailbox.status.is_some()).count();
                }
                "append" => {
                    for _ in 0..times {
                        wait!($async session.append("INBOX", AppendMessage::from(message.as_str())))?;
                        done += 1;
                    }
                }
                "append-all" => {
                    let messages = (0..times).map(|_| AppendMessage::from(message.as_str()));
                    let results = wait!($async session.append_all("INBOX", messages))?;
                    done = results.iter().filter(|result| result.is_ok()).count();
                }
                _ => {
                    let mut tickets = Vec::new();
                    for n in 1..=u32::try_from(times)? {
                        let uid = Uid::new(n).ok_or("no UID")?;
                        let command = command::Fetch::new(UidSet::range(uid, uid), FetchItem::Flags);
                        tickets.push(session.start(FetchAll::from(command))?);
                    }
                    for ticket in tickets {
                        done += wait!($async session.finish(ticket))?.value.len();
                    }
                }
            }
            Ok((start.elapsed().as_secs_f64(), done))
        }
    };
}

mod blocking {
    ours!(imaplib::blocking::Client, (),);
}

mod on_tokio {
    ours!(imaplib::Client, (a), async);
}

fn rust_imap(errand: &str, port: u16, times: usize) -> Outcome<(f64, usize)> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut client = imap::Client::new(stream);
    client.read_greeting()?;
    let mut session = client.login("demo", "demo").map_err(|(error, _)| error)?;
    session.select("INBOX")?;
    let message = message();
    let mut done = 0;
    let start = Instant::now();
    match errand {
        "status" => {
            let names = session.list(None, Some("*"))?;
            for name in names.iter() {
                session.status(name.name(), "(MESSAGES UIDNEXT)")?;
                done += 1;
            }
        }
        "append" => {
            for _ in 0..times {
                session.append("INBOX", message.as_bytes()).finish()?;
                done += 1;
            }
        }
        _ => {
            for uid in 1..=times {
                done += session.uid_fetch(uid.to_string(), "(UID FLAGS)")?.len();
            }
        }
    }
    Ok((start.elapsed().as_secs_f64(), done))
}

async fn async_imap(errand: &str, port: u16, times: usize) -> Outcome<(f64, usize)> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut client = async_imap::Client::new(stream);
    client.read_response().await?.ok_or("no greeting")?;
    let mut session = client.login("demo", "demo").await.map_err(|(error, _)| error)?;
    session.select("INBOX").await?;
    let message = message();
    let mut done = 0;
    let start = Instant::now();
    match errand {
        "status" => {
            let names: Vec<_> = session.list(None, Some("*")).await?.try_collect().await?;
            for name in names {
                session.status(name.name(), "(MESSAGES UIDNEXT)").await?;
                done += 1;
            }
        }
        "append" => {
            for _ in 0..times {
                session.append("INBOX", None, None, message.as_bytes()).await?;
                done += 1;
            }
        }
        _ => {
            for uid in 1..=times {
                done += session.uid_fetch(uid.to_string(), "(UID FLAGS)").await?.count().await;
            }
        }
    }
    Ok((start.elapsed().as_secs_f64(), done))
}
