//! Backs up the test server's sample account, lists what is in the archive, and reads one message.

use std::error::Error;
use std::io::Read as _;

use imaplib::blocking::Client;
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{Archive, Cancel, Event, Options};
use imaplib_testserver::{SAMPLE_PASSWORD, SAMPLE_USER, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::builder().sample_account().start()?;
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    let folder = tempfile::tempdir()?;

    // Called again whenever the connection is lost.
    let mut source = || Client::connect_with(&endpoint, &ConnectOptions::new())?.login(SAMPLE_USER, SAMPLE_PASSWORD);
    let mut archive = Archive::open(folder.path(), "demo@localhost")?;
    let report =
        archive.backup(&mut source, &Options::new(), &|event: &Event<'_>| eprintln!("{event}"), &Cancel::new())?;
    println!("{} messages in {} mailboxes", report.total().new, report.mailboxes.len());

    for mailbox in archive.mailboxes() {
        let mut count = 0;
        let mut messages = archive.messages(&mailbox, None, 100)?;
        while let Some(last) = messages.last().cloned() {
            count += messages.len();
            messages = archive.messages(&mailbox, Some(&last), 100)?;
        }
        println!("{:>5} {}", count, mailbox.name);
    }

    let inbox = archive.mailboxes().into_iter().find(|mailbox| mailbox.name == "INBOX").ok_or("no INBOX")?;
    let first = archive.messages(&inbox, None, 1)?.pop().ok_or("INBOX is empty")?;
    let mut text = String::new();
    archive.read(&inbox, &first)?.read_to_string(&mut text)?;
    let subject = text.lines().find(|line| line.starts_with("Subject:")).unwrap_or_default();
    println!("UID {}, {} bytes: {subject}", first.uid, first.size);
    Ok(())
}
