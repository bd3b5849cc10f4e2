//! The database opened again, and what it refuses.

use imaplib::types::MailboxName;

use super::*;
use crate::files::Identity;
use crate::index::stored::Stored;

#[test]
fn keeps_what_it_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let mut index = Index::open(&path).unwrap();
    let inbox = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap().remove(0);
    index.unsettle(inbox.id, 7).unwrap();
    let change = index.change(inbox.id, 7).unwrap();
    for uid in [5, 3] {
        let row = MessageRow {
            uid,
            file: format!("9.V7U{uid}.imap,S=9:2,S"),
            flags: "\\Seen".to_owned(),
            size: 9,
            announced: None,
            is_short: false,
            internal_date: None,
            sha256: None,
            ..MessageRow::default()
        };
        change.add(&row).unwrap();
    }
    change.commit().unwrap();
    index.add_gone(3, false).unwrap();
    index.note_all_gone(inbox.id, 7).unwrap();
    let settled = MailboxRow { uid_validity: 7, uid_next: 6, highest_modseq: u64::MAX >> 1, compared: 5, ..inbox };
    index.settle(&settled).unwrap();
    drop(index);

    let index = Index::open(&path).unwrap();
    let row = index.mailboxes().unwrap().remove(&b"INBOX"[..]).unwrap();
    assert_eq!((row.uid_validity, row.uid_next, row.highest_modseq, row.unsettled), (7, 6, u64::MAX >> 1, false));
    let mut seen = Vec::new();
    for uid in [3, 5] {
        let stored: Stored = index.stored(row.id, 7, uid).unwrap().unwrap();
        seen.push((stored.uid, stored.flags, stored.expunged));
    }
    assert_eq!(seen, [(3, "\\Seen".to_owned(), true), (5, "\\Seen".to_owned(), false)]);
    assert_eq!((index.count(row.id, 7).unwrap(), index.count_former(row.id, 8).unwrap()), (1, 2));
    assert_eq!(index.file(row.id, 7, 5).unwrap().as_deref(), Some("9.V7U5.imap,S=9:2,S"));
}

#[test]
fn numbers_of_more_than_63_bits_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let mut index = Index::open(&path).unwrap();
    let inbox = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap().remove(0);
    for validity in [1_666_390_893_348, u64::MAX - 1] {
        let file = format!("9.V{validity}U5.imap,S=9:2,");
        let change = index.change(inbox.id, validity).unwrap();
        let (flags, internal_date) = (String::new(), None);
        change
            .add(&MessageRow {
                uid: 5,
                file: file.clone(),
                flags,
                size: 9,
                announced: None,
                is_short: false,
                internal_date,
                sha256: None,
                ..MessageRow::default()
            })
            .unwrap();
        change.commit().unwrap();
        index.settle(&MailboxRow { uid_validity: validity, uid_next: u64::MAX, ..inbox.clone() }).unwrap();
        let row = index.mailboxes().unwrap().remove(&b"INBOX"[..]).unwrap();
        assert_eq!((row.uid_validity, row.uid_next), (validity, u64::MAX));
        assert_eq!(index.file(inbox.id, validity, 5).unwrap(), Some(file));
        assert_eq!(index.count(inbox.id, validity).unwrap(), 1);
    }
    let mut seen = Vec::new();
    let mut note = |validity| seen.push(validity);
    let each = |message: Identity, _: Option<&[u8]>, _| -> Result<()> {
        note(message.0);
        Ok(())
    };
    index.for_each_file(inbox.id, each).unwrap();
    seen.sort_unstable();
    assert_eq!(seen, [1_666_390_893_348, u64::MAX - 1]);
    assert_eq!(index.count_former(inbox.id, u64::MAX - 1).unwrap(), 1);
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = Index::open(&dir.path().join("db")).unwrap();
    let inbox = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap().remove(0);
    for file in ["../../x/9.V7U5.imap,S=9:2,", "/x/9.V7U5.imap,S=9:2,", "..", ".", "", "9.V7U6.imap,S=9:2,"] {
        let (file, flags) = (file.to_owned(), String::new());
        let change = index.change(inbox.id, 7).unwrap();
        change
            .add(&MessageRow {
                uid: 5,
                file,
                flags,
                size: 9,
                announced: None,
                is_short: false,
                internal_date: None,
                sha256: None,
                ..MessageRow::default()
            })
            .unwrap();
        change.commit().unwrap();
        let failure = index.file(inbox.id, 7, 5).unwrap_err();
        assert!(matches!(failure, ArchiveError::BadRow { .. }), "{failure}");
        assert!(failure.to_string().contains("damaged"), "{failure}");
    }
    for folder in ["../x", "/x", "a/../../x", "", "a\0b"] {
        index.connection.execute("UPDATE mailboxes SET dir = ?1", [folder]).unwrap();
        let failure = index.mailboxes().unwrap_err();
        assert!(matches!(failure, ArchiveError::Damaged { .. }), "{failure}");
        assert!(failure.to_string().contains("INBOX"), "{failure}");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    std::fs::write(&path, "this is not a database, it is a text that is long enough to be looked at").unwrap();
    let failure = Index::open(&path).unwrap_err();
    assert!(matches!(failure, ArchiveError::Damaged { .. }), "{failure}");
    assert!(failure.to_string().contains("damaged"), "{failure}");
}
