//! Saves the attachments of a message, decoded, as new files in a folder (blocking):
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example attachments imaps://user@imap.example.org INBOX 4711 FOLDER
//! ```
//!
//! The server reports which parts there are, so that only attachments are transferred. They are decoded as they arrive, in
//! constant memory; servers with BINARY do that themselves if asked for `FetchItem::Binary`.

use std::path::Path;

use imaplib::blocking::{Client, Mailbox};
use imaplib::mime::transfer_encoding::{Encoding, Outcome};
use imaplib::types::{Section, Uid};
use imaplib::{ConnectOptions, Endpoint, FetchItem};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, mailbox, uid, folder] = arguments.as_slice() else {
        return Err("usage: attachments ADDRESS MAILBOX UID FOLDER".into());
    };
    let endpoint: Endpoint = address.parse()?;
    let uid = Uid::new(uid.parse()?).ok_or("there is no UID 0")?;
    let user = endpoint.user().ok_or("the address names no user")?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;

    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new())?.login(user, &password)?;
    let mut mailbox = session.examine(mailbox)?;
    let rows = mailbox.fetch_all(uid, FetchItem::BodyStructure)?;
    let structure = rows.first().and_then(|row| row.body_structure.as_ref()).ok_or("there is no such message")?;
    for (number, part) in structure.attachments() {
        let name = part.file_name().unwrap_or_default();

        // The sender chose the name: what could lead out of the folder or mislead a program is replaced, and the
        // number before it makes it neither empty, nor hidden, nor the name of a device.
        let plain = |letter: char| if letter.is_alphanumeric() || "._- ".contains(letter) { letter } else { '_' };
        let name: String = name.chars().skip(name.chars().count().saturating_sub(50)).map(plain).collect();
        let path = Path::new(folder).join(format!("{uid}-{number}-{name}"));
        // A file that is there already is an error, and stays as it is; half a file does not stay.
        let mut file = std::fs::File::create_new(&path)?;
        let section = Section::part(number);
        if let Err(error) = save(&mut mailbox, uid, section, part.transfer_encoding(), &mut file) {
            std::fs::remove_file(&path)?;
            return Err(error);
        }
        println!("{}", path.display());
    }
    session.logout()?;
    Ok(())
}

/// Copies one text of the message to a file, decoded.
fn save(
    mailbox: &mut Mailbox<'_>,
    uid: Uid,
    section: Section,
    encoding: Encoding,
    file: &mut std::fs::File,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut rows = mailbox.fetch(uid, FetchItem::body_peek(section))?;
    let mut row = rows.next()?.ok_or("the message is gone")?;
    let mut body = row.next_body()?.ok_or("the message has no such part")?.decoded(encoding);
    body.copy_to(file)?;
    match body.outcome() {
        Some(Outcome::NotEncoded) => Err(format!("the attachment is not {encoding}, as its header states").into()),
        _ => Ok(()),
    }
}
