//! Many sessions at once in one process.

use imaplib::{Client, ConnectOptions, Endpoint};

use crate::outcome::Outcome;
use crate::{counting, usage};

/// Opens so many sessions, each with an open mailbox, holds them, and reports what they hold.
pub(crate) fn hold(port: u16, count: usize) -> Outcome<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let endpoint = Endpoint::insecure("127.0.0.1", port);
        let options = ConnectOptions::new();
        let (heap, cpu) = (counting::live(), usage::own().cpu());
        let mut sessions = Vec::with_capacity(count);
        for _ in 0..count {
            let mut session = Client::connect_with(&endpoint, &options).await?.login("demo", "demo").await?;
            session.select("INBOX").await?;
            sessions.push(session);
        }
        println!("held {}", counting::live() - heap);
        println!("cpu {:.6}", usage::own().cpu() - cpu);
        if let Some(peak) = usage::own_peak() {
            println!("peak {peak}");
        }
        drop(sessions);
        Ok(())
    })
}
