//! QUOTA (RFC 9208).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use transcript::{ask, play, selected, session, store_with};

#[test]
fn limits_and_usage() {
    let store = store_with(3);
    let mut connection = session(&store, &["QUOTA", "QUOTASET"]);
    play(
        &mut connection,
        "C: a GETQUOTAROOT INBOX
         S: * QUOTAROOT INBOX
         S: a OK GETQUOTAROOT done
         C: b GETQUOTA \"\"
         S: b NO [NONEXISTENT] no such quota root
         C: c SETQUOTA \"\" (STORAGE 10 MESSAGE 4)
         S: * QUOTA \"\" (STORAGE 1 10 MESSAGE 3 4)
         S: c OK SETQUOTA done
         C: d GETQUOTAROOT nowhere
         S: * QUOTAROOT nowhere \"\"
         S: * QUOTA \"\" (STORAGE 1 10 MESSAGE 3 4)
         S: d OK GETQUOTAROOT done
         C: e GETQUOTA \"\"
         S: * QUOTA \"\" (STORAGE 1 10 MESSAGE 3 4)
         S: e OK GETQUOTA done
         C: f GETQUOTA other
         S: f NO [NONEXISTENT] no such quota root
         C: g SETQUOTA other (STORAGE 1)
         S: g NO [NONEXISTENT] no such quota root
         C: h SETQUOTA \"\" (FILES 1)
         S: h BAD unknown resource FILES
         C: i SETQUOTA \"\" (MESSAGE 5)
         S: * QUOTA \"\" (MESSAGE 3 5)
         S: i OK SETQUOTA done
         C: j SETQUOTA \"\" ()
         S: j OK SETQUOTA done
         C: k GETQUOTA \"\"
         S: k NO [NONEXISTENT] no such quota root",
    );
}

#[test]
fn what_exceeds_a_limit_is_refused() {
    let store = store_with(3);
    let account = store.account("ann");
    account.create("other").unwrap();
    let mut connection = selected(&store, &["QUOTA"]);
    account.set_quota(None, Some(4)).unwrap();
    play(
        &mut connection,
        "C: a COPY 1:2 other
         S: a NO [OVERQUOTA] the account is full
         C: b COPY 1 other
         S: b OK [COPYUID 1700000002 1 1] COPY done
         C: c MOVE 1:3 other
         S: * OK [COPYUID 1700000002 1:3 2:4] moved
         S: * 1 EXPUNGE
         S: * 1 EXPUNGE
         S: * 1 EXPUNGE
         S: c OK MOVE done
         C: d APPEND INBOX {1+}
         C: x
         S: d NO [OVERQUOTA] the account is full
         C: e APPEND nowhere {1+}
         C: x
         S: e NO [TRYCREATE] no such mailbox",
    );
    // Four messages of 20 bytes: one kilobyte has room for 944 more.
    account.set_quota(Some(1), None).unwrap();
    let text = "x".repeat(944);
    assert!(ask(&mut connection, &format!("APPEND INBOX {{945+}}\r\n{text}x")).starts_with("q NO [OVERQUOTA] "));
    let said = ask(&mut connection, &format!("APPEND INBOX {{944+}}\r\n{text}"));
    assert!(said.contains("q OK [APPENDUID "), "{said}");
    assert_eq!(ask(&mut connection, "SETQUOTA \"\" ()"), "q NO [NOPERM] the quota cannot be changed\r\n");
}

#[test]
fn what_expunging_would_free() {
    let mut connection = selected(&store_with(3), &["QUOTA", "QUOTA=RES-STORAGE"]);
    ask(&mut connection, "STORE 2:3 +FLAGS (\\Deleted)");
    play(
        &mut connection,
        "C: a STATUS INBOX (DELETED DELETED-STORAGE)
         S: * STATUS INBOX (DELETED 2 DELETED-STORAGE 40)
         S: a OK STATUS done",
    );
    let mut connection = session(&store_with(0), &[]);
    assert_eq!(ask(&mut connection, "GETQUOTA \"\""), "q BAD unknown command GETQUOTA\r\n");
}
