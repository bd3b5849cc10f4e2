//! The sample account: some 200 messages, the same ones every time.

mod bulk;
mod compose;
mod conversations;
mod letters;
mod mail;

use std::sync::OnceLock;

use mail::{Mail, Random, at, draft};

use crate::account::Account;
use crate::mailbox::Draft;
use crate::store::Store;
use crate::store_error::StoreError;

/// The user of the sample account.
pub const SAMPLE_USER: &str = "demo";
/// The password of the sample account.
pub const SAMPLE_PASSWORD: &str = "demo";

/// Mailboxes with their attributes of RFC 6154, and whether they are subscribed.
const MAILBOXES: &[(&str, &[&str], bool)] = &[
    ("INBOX", &[], true),
    ("Archive", &["\\Archive"], true),
    ("Archive/2020", &[], false),
    ("Archive/2021", &[], false),
    ("Archive/2022", &[], false),
    ("Archive/2023", &[], false),
    ("Entwürfe", &["\\Drafts"], true),
    ("Sent", &["\\Sent"], true),
    ("Junk", &["\\Junk"], false),
    ("Trash", &["\\Trash"], true),
    ("Projects", &[], true),
    ("Projects/Orchard", &[], true),
    ("Projects/Orchard/Café Zürich", &[], true),
    ("Projects/Builds", &[], true),
    ("Reise & Urlaub", &[], true),
    ("日本語", &[], true),
    ("📧 Newsletters", &[], true),
    ("Empty", &[], true),
];

/// A name that is only a level: it has others below it and cannot be selected.
const LEVEL: &str = "Shared";

impl Store {
    /// Adds the sample account: user [`SAMPLE_USER`], password [`SAMPLE_PASSWORD`].
    pub fn add_sample_account(&self) {
        self.add_user(SAMPLE_USER, SAMPLE_PASSWORD);
        let _ = self.with(SAMPLE_USER, fill);
        self.notify();
    }
}

fn fill(account: &mut Account) -> Result<(), StoreError> {
    for (name, special_use, subscribed) in MAILBOXES {
        if *name != "INBOX" {
            account.create(name)?;
        }
        account.mailbox_mut(name)?.special_use = special_use.iter().map(|attribute| (*attribute).to_owned()).collect();
        if *subscribed {
            account.subscriptions.insert((*name).to_owned());
        }
    }
    account.create(&format!("{LEVEL}/Team"))?;
    account.delete(LEVEL)?;
    // Subscriptions outlive their mailboxes.
    account.subscriptions.insert("Gone".to_owned());

    for (name, draft) in messages() {
        account.mailbox_mut(name)?.append(draft.clone());
    }
    // The first message of the archive was expunged, so that UIDs and sequence numbers differ.
    if let Ok(mailbox) = account.mailbox_mut("Archive/2021") {
        let first = mailbox.messages.first().map(|message| message.uid);
        mailbox.expunge(|message| Some(message.uid) == first);
    }
    // All but the last few messages of INBOX have been seen by a session before.
    for mailbox in account.mailboxes.values_mut() {
        mailbox.first_recent = mailbox.uid_next.saturating_sub(4).max(1);
    }
    Ok(())
}

/// The messages and where they belong; made once, shared by all servers of a process.
fn messages() -> &'static [(&'static str, Draft)] {
    static MESSAGES: OnceLock<Vec<(&'static str, Draft)>> = OnceLock::new();
    MESSAGES.get_or_init(make)
}

fn make() -> Vec<(&'static str, Draft)> {
    let random = &mut Random::new(20_240_501);
    let mut all: Vec<(&'static str, Draft)> = Vec::new();
    for thread in conversations::threads(random) {
        for (turn, mail) in thread.mails.iter().enumerate() {
            let last = turn + 1 == thread.mails.len();
            let flags: &[&str] = if last { &["\\Seen"] } else { &["\\Seen", "\\Answered"] };
            all.push((thread_mailbox(mail, thread.list), mail.draft(flags)));
            if mail.from == mail::DANA {
                all.push(("Sent", mail.draft(&["\\Seen"])));
            }
        }
    }
    for (number, mail) in bulk::orders(random).iter().enumerate() {
        let flags: &[&str] =
            if number % 5 == 0 { &["\\Seen", "\\Flagged", "$Invoice"] } else { &["\\Seen", "$Invoice"] };
        all.push((by_year(mail.time), mail.draft(flags)));
    }
    for (number, mail) in bulk::newsletters().iter().enumerate() {
        all.push(("📧 Newsletters", mail.draft(if number < 15 { &["\\Seen"] } else { &[] })));
    }
    for mail in bulk::builds(random) {
        let failed = mail.subject.ends_with("failed");
        all.push(("Projects/Builds", mail.draft(if failed { &["\\Flagged", "$Important"] } else { &["\\Seen"] })));
    }
    for mail in bulk::junk(random) {
        all.push(("Junk", mail.draft(&["$Junk"])));
    }
    for (number, mail) in letters::letters(random).iter().enumerate() {
        let flags: &[&str] = match number {
            0..=3 => &["\\Seen"],
            4 => &["\\Seen", "\\Answered", "$Forwarded"],
            5 => &["\\Seen", "\\Flagged", "$Label1", "Orchard"],
            6 => &["\\Seen", "\\Deleted"],
            _ => &[],
        };
        all.push(("INBOX", mail.draft(flags)));
    }
    for (number, bytes) in (0i64..).zip(letters::oddities()) {
        all.push(("INBOX", draft(bytes.to_vec(), at(2024, 5, 20, 9, 0) + number * 3600, 0, &[])));
    }
    add_copies(&mut all);
    // A mailbox is filled in the order in which its messages arrived.
    all.sort_by_key(|(_, draft)| draft.date.unix_timestamp());
    all
}

fn thread_mailbox(mail: &Mail, list: bool) -> &'static str {
    if list {
        return "Projects/Orchard";
    }
    match mail.subject.as_str() {
        subject if subject.contains("Sunday") || subject.contains("Reading") => "INBOX",
        _ if mail.to.contains(&mail::HIRO) || mail.from == mail::HIRO => "日本語",
        _ if mail.from == mail::ANNA || mail.to.contains(&mail::ANNA) => "Reise & Urlaub",
        _ => by_year(mail.time),
    }
}

fn by_year(time: i64) -> &'static str {
    match time {
        _ if time < at(2021, 1, 1, 0, 0) => "Archive/2020",
        _ if time < at(2022, 1, 1, 0, 0) => "Archive/2021",
        _ if time < at(2023, 1, 1, 0, 0) => "Archive/2022",
        _ => "Archive/2023",
    }
}

/// Drafts, deleted mail, and friends' greetings that fill INBOX.
fn add_copies(all: &mut Vec<(&'static str, Draft)>) {
    let greeting = |number: u8, from: mail::Person, subject: &str, text: &str| Mail {
        from,
        to: vec![mail::DANA],
        cc: Vec::new(),
        subject: compose::header_text(subject),
        time: at(2023, number % 12 + 1, number % 27 + 1, 17, i64::from(number)),
        zone: -480,
        id: format!("greeting.{number}@example.org"),
        references: Vec::new(),
        extra: String::new(),
        entity: compose::Entity::text("plain", text),
    };
    const GREETINGS: [(&str, &str); 5] = [
        ("Postcard from the coast", "Wind, salt, and chips in paper.\n"),
        ("Happy birthday!", "May the cake be large and the year be kind.\n"),
        ("Lost umbrella", "Is the green umbrella in our hall yours?\n"),
        ("Bonne année, chère Dana", "À très bientôt, j’espère.\n"),
        ("Tomorrow", "I will be ten minutes late. As always.\n"),
    ];
    for number in 0..30u8 {
        let from = mail::FRIENDS.get(usize::from(number) % mail::FRIENDS.len()).copied().unwrap_or(mail::NOOR);
        let (subject, text) = GREETINGS.get(usize::from(number) % GREETINGS.len()).copied().unwrap_or_default();
        let mail = greeting(number, from, subject, text);
        let (mailbox, flags): (_, &[&str]) = match number {
            0..=5 => ("Trash", &["\\Seen", "\\Deleted"]),
            6..=8 => ("Entwürfe", &["\\Seen", "\\Draft"]),
            9..=10 => ("Projects/Orchard/Café Zürich", &["\\Seen"]),
            _ if number % 3 == 0 => ("INBOX", &[]),
            _ => ("INBOX", &["\\Seen"]),
        };
        all.push((mailbox, mail.draft(flags)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_as_described() {
        let store = Store::new();
        store.add_sample_account();
        let account = store.account(SAMPLE_USER);
        let names = account.mailboxes().unwrap();
        let mut total = 0;
        let mut largest = 0;
        for name in &names {
            let messages = account.messages(name).unwrap_or_default();
            total += messages.len();
            largest = messages.iter().map(|message| message.content.len()).chain([largest]).max().unwrap();
            let filled = !matches!(name.as_str(), "Empty" | "Shared" | "Shared/Team" | "Archive" | "Projects");
            assert_eq!(!messages.is_empty(), filled, "{name}");
        }
        assert!((180..=230).contains(&total), "{total}");
        assert!(largest > 5_000_000, "{largest}");
    }

    #[test]
    fn mail_is_filed_by_its_year_and_its_people() {
        let all = make();
        let count = |name: &str| all.iter().filter(|(mailbox, _)| *mailbox == name).count();
        let years = ["Archive/2020", "Archive/2021", "Archive/2022", "Archive/2023"];
        assert_eq!(years.map(count), [4, 8, 13, 2]);
        assert_eq!(["INBOX", "Trash", "Entwürfe", "Reise & Urlaub", "日本語"].map(count), [49, 6, 3, 4, 3]);
    }

    #[test]
    fn it_is_the_same_every_time() {
        let bytes = |all: Vec<(&'static str, Draft)>| -> Vec<_> {
            all.into_iter().map(|(name, draft)| (name, draft.content.prefix(usize::MAX), draft.date)).collect()
        };
        assert!(bytes(make()) == bytes(make()));
    }
}
