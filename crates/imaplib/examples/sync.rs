//! Keeps a folder in step with an account: a file for each message, its flags in a second one (blocking). Run it again at any
//! time, also after it was interrupted: it fetches what is new, and nothing twice.
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example sync imaps://user@imap.example.org FOLDER
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use imaplib::blocking::{Client, Mailbox, Session};
use imaplib::types::{MailboxName, MessageFlags, UidSet};
use imaplib::{ConnectOptions, Endpoint, FetchItem, KnownMailbox, SelectOptions, Synced};

type AnyError = Box<dyn std::error::Error>;

/// The file with what is known of a mailbox. It is written last: until then the changes before it come again.
const KNOWN: &str = "known";

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: sync ADDRESS FOLDER".into());
    };
    let endpoint: Endpoint = address.parse()?;
    let user = endpoint.user().ok_or("the address names no user")?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new())?.login(user, &password)?;

    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    let listed = session.list("*")?;
    let names = listed.iter().filter(|listed| listed.is_selectable()).map(|listed| listed.name.clone());
    let mailboxes: BTreeMap<String, MailboxName> = names.map(|name| (file_name(&name), name)).collect();
    follow_renames(&mut session, &folder, &mailboxes)?;
    for (file, name) in &mailboxes {
        let (mut mailbox, _) = session.select_with(name, SelectOptions::new().read_only().for_changes())?;
        let report = synchronize(&mut mailbox, &folder.join(file))?;
        println!("{file}: {report}");
    }
    session.logout()?;
    Ok(())
}

/// The name of a mailbox as that of a file: whatever could mean something to a file system is written as its number.
fn file_name(name: &MailboxName) -> String {
    let text = name.to_text();
    let plain = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    text.chars()
        .map(|letter| if plain(letter) { letter.to_string() } else { format!("%{:X}", u32::from(letter)) })
        .collect()
}

/// Renames the folders of mailboxes that were renamed, so that nothing is fetched again.
fn follow_renames(
    session: &mut Session,
    folder: &Path,
    mailboxes: &BTreeMap<String, MailboxName>,
) -> Result<(), AnyError> {
    for entry in fs::read_dir(folder)? {
        let (file, path) = entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))?;
        // No mailbox has a dot in its folder: what was set aside has.
        if file.contains('.') || mailboxes.contains_key(&file) || !path.join(KNOWN).exists() {
            continue;
        }
        match session.find_renamed(&known(&path)?)?.map(|name| folder.join(file_name(&name))) {
            Some(new) if !new.exists() => fs::rename(&path, &new)?,
            // It was removed, or it cannot be told: what is here stays.
            _ => println!("{file}: there is no such mailbox any more"),
        }
    }
    Ok(())
}

/// What is known of the mailbox of this folder.
fn known(folder: &Path) -> Result<KnownMailbox, AnyError> {
    match fs::read(folder.join(KNOWN)) {
        Ok(bytes) => Ok(KnownMailbox::from_bytes(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(KnownMailbox::new()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the folder equal to the mailbox.
fn synchronize(mailbox: &mut Mailbox<'_>, folder: &Path) -> Result<String, AnyError> {
    let known = known(folder)?;
    let changes = match mailbox.changes(&known)? {
        Synced::Changed(changes) => changes,
        // The files have UIDs that mean nothing any more; they may be the only copies of what they hold.
        Synced::Restarted(reason, changes) => {
            let aside = folder.with_extension(format!("{}.old", known.uid_validity().unwrap_or_default()));
            fs::rename(folder, &aside)?;
            println!("{}: {reason:?}; the files so far are now in {}", folder.display(), aside.display());
            changes
        }
        _ => return Err("this program is older than the library".into()),
    };
    if let Some(set_back) = changes.set_back {
        // UIDs may have been assigned again: a program that must be sure compares dates and sizes here.
        println!("{}: the server was set back: {set_back:?}", folder.display());
    }
    fs::create_dir_all(folder)?;
    fetch(mailbox, changes.new.uids(), folder)?;
    write_flags(&changes.new, folder)?;
    write_flags(&changes.flags, folder)?;
    for uid in changes.vanished.iter() {
        for file in [format!("{uid}.eml"), format!("{uid}.flags")] {
            match fs::remove_file(folder.join(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
    }
    write(folder, KNOWN, &changes.known.to_bytes())?;
    let (new, gone, flags) = (changes.new.len(), changes.vanished.len(), changes.flags.len());
    Ok(format!("{new} new, {gone} gone, {flags} with other flags, by {:?}", changes.way))
}

/// Fetches the messages that are not there from a run before that was interrupted.
fn fetch(mailbox: &mut Mailbox<'_>, new: &UidSet, folder: &Path) -> Result<(), AnyError> {
    let missing: UidSet = new.iter().filter(|uid| !folder.join(format!("{uid}.eml")).exists()).collect();
    let mut rows = mailbox.fetch(&missing, FetchItem::message())?;
    while let Some(mut row) = rows.next()? {
        let Some(uid) = row.uid() else { continue };
        if let Some(mut body) = row.next_body()? {
            let unfinished = folder.join("unfinished");
            body.copy_to(&mut fs::File::create(&unfinished)?)?;
            fs::rename(unfinished, folder.join(format!("{uid}.eml")))?;
        }
    }
    Ok(())
}

fn write_flags(messages: &MessageFlags, folder: &Path) -> io::Result<()> {
    messages.iter().try_for_each(|(uid, flags)| write(folder, &format!("{uid}.flags"), flags.to_string().as_bytes()))
}

/// Writes a file so that it is there as a whole or not at all.
fn write(folder: &Path, file: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join("unfinished");
    fs::write(&unfinished, bytes)?;
    fs::rename(unfinished, folder.join(file))
}
