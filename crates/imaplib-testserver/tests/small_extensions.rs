//! OBJECTID, SAVEDATE, PREVIEW, WITHIN, APPENDLIMIT, UNAUTHENTICATE (RFC 8474, 8514, 8970, 5032, 7889, 8437).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use imaplib_proto::types::Uid;
use imaplib_testserver::{Connection, Settings};
use transcript::{MESSAGE, ask, opening, play, selected, session, store_with};

#[test]
fn object_identifiers() {
    let store = store_with(1);
    let account = store.account("ann");
    account.append("INBOX", "Message-ID: <1@x>\r\n\r\n").unwrap();
    account.append("INBOX", "Message-ID: <3@x>\r\nReferences: <1@x> <2@x>\r\n\r\n").unwrap();
    let mut connection = selected(&store, &["OBJECTID"]);
    play(
        &mut connection,
        &format!(
            "C: a CREATE box
             S: a OK [MAILBOXID (F2)] CREATE done
             C: b COPY 1 box
             S: b OK [COPYUID 1700000002 1 1] COPY done
             C: c RENAME box other
             S: c OK RENAME done
             C: d STATUS other (MAILBOXID)
             S: * STATUS other (MAILBOXID (F2))
             S: d OK STATUS done
             C: e FETCH 1 (EMAILID THREADID)
             S: * 1 FETCH (EMAILID (M28e947428a8eda29) THREADID NIL)
             S: e OK FETCH done
             C: f FETCH 2:3 THREADID
             S: * 2 FETCH (THREADID (T573a9c468b3a3ac1))
             S: * 3 FETCH (THREADID (T573a9c468b3a3ac1))
             S: f OK FETCH done
             C: g SEARCH THREADID T573a9c468b3a3ac1
             S: * SEARCH 2 3
             S: g OK SEARCH done
             C: h SEARCH EMAILID M28e947428a8eda29
             S: * SEARCH 1
             S: h OK SEARCH done
             C: i SEARCH EMAILID \"a b\"
             S: i BAD not a valid identifier
             C: j SELECT other
             {}
             S: * OK [MAILBOXID (F2)] identifier
             S: j OK [READ-WRITE] SELECT done
             C: k FETCH 1 EMAILID
             S: * 1 FETCH (EMAILID (M28e947428a8eda29))
             S: k OK FETCH done",
            opening(false, 1, 1_700_000_002, 2)
        ),
    );
}

#[test]
fn save_dates() {
    let store = store_with(2);
    for (uid, date) in [(1, "17-Jul-2020 02:44:25 -0700"), (2, "18-Jul-2020 00:00:00 +0000")] {
        store.account("ann").set_save_date("INBOX", Uid::new(uid).unwrap(), date.parse().unwrap()).unwrap();
    }
    play(
        &mut selected(&store, &["SAVEDATE"]),
        "C: a FETCH 1:2 SAVEDATE
         S: * 1 FETCH (SAVEDATE \"17-Jul-2020 02:44:25 -0700\")
         S: * 2 FETCH (SAVEDATE \"18-Jul-2020 00:00:00 +0000\")
         S: a OK FETCH done
         C: b SEARCH SAVEDON 17-Jul-2020
         S: * SEARCH 1
         S: b OK SEARCH done
         C: c SEARCH OR SAVEDBEFORE 17-Jul-2020 SAVEDSINCE 18-Jul-2020
         S: * SEARCH 2
         S: c OK SEARCH done
         C: d SEARCH SAVEDATESUPPORTED
         S: * SEARCH 1 2
         S: d OK SEARCH done",
    );
    // A copy is saved when it is made, whatever the internal date.
    let mut connection = selected(&store, &["SAVEDATE", "WITHIN"]);
    ask(&mut connection, "COPY 1 INBOX");
    assert_eq!(ask(&mut connection, "SEARCH SAVEDSINCE 1-Jan-2025"), "* SEARCH 3\r\nq OK SEARCH done\r\n");
}

#[test]
fn ages() {
    let store = store_with(1);
    let mut connection = selected(&store, &["WITHIN"]);
    ask(&mut connection, "APPEND INBOX {1+}\r\nx");
    assert_eq!(ask(&mut connection, "SEARCH YOUNGER 86400"), "* SEARCH 2\r\nq OK SEARCH done\r\n");
    assert_eq!(ask(&mut connection, "SEARCH OLDER 86400"), "* SEARCH 1\r\nq OK SEARCH done\r\n");
    assert_eq!(ask(&mut connection, "SEARCH OLDER 0"), "q BAD 0 is not allowed here\r\n");
}

#[test]
fn previews() {
    let store = store_with(0);
    let account = store.account("ann");
    for text in [
        "Subject: x\r\n\r\nHello,\r\n\r\n  this   is\r\nit.\r\n".to_owned(),
        "Content-Type: text/html\r\n\r\n<html><b>Hello</b>, you</html>".to_owned(),
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b\r\n\
         Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n--b--\r\n"
            .to_owned(),
        "Content-Type: image/png\r\n\r\nx".to_owned(),
        format!("Subject: x\r\n\r\n{}", "word ".repeat(100)),
    ] {
        account.append("INBOX", text).unwrap();
    }
    let mut connection = selected(&store, &["PREVIEW"]);
    play(
        &mut connection,
        "C: a FETCH 1 (PREVIEW UID)
         S: * 1 FETCH (PREVIEW \"Hello, this is it.\" UID 1)
         S: a OK FETCH done
         C: b FETCH 2 (PREVIEW (LAZY) UID)
         S: * 2 FETCH (PREVIEW \"Hello , you\" UID 2)
         S: b OK FETCH done
         C: c FETCH 3 PREVIEW
         S: * 3 FETCH (PREVIEW {7}
         S: Gr\u{fc}\u{df}e)
         S: c OK FETCH done
         C: d FETCH 4 PREVIEW (LAZY)
         S: * 4 FETCH (PREVIEW \"\")
         S: d OK FETCH done",
    );
    let said = ask(&mut connection, "FETCH 5 PREVIEW");
    assert_eq!(said, format!("* 5 FETCH (PREVIEW \"{}\")\r\nq OK FETCH done\r\n", "word ".repeat(40).trim_end()));
}

#[test]
fn limits_of_messages() {
    let store = store_with(0);
    play(
        &mut session(&store, &["APPENDLIMIT=20"]),
        "C: a STATUS INBOX (APPENDLIMIT)
         S: * STATUS INBOX (APPENDLIMIT 20)
         S: a OK STATUS done
         C: b APPEND INBOX {21}
         S: b NO [TOOBIG] literal too large
         C: c APPEND INBOX {20+}
         C: 01234567890123456789
         S: c OK [APPENDUID 1700000001 1] APPEND done",
    );
    let settings = Settings::new().preauthenticated("ann").literal_limit(1000).with("APPENDLIMIT");
    let mut connection = Connection::new(store.clone(), settings);
    connection.take_output();
    assert!(ask(&mut connection, "STATUS INBOX (APPENDLIMIT)").starts_with("* STATUS INBOX (APPENDLIMIT 1000)\r\n"));
    assert!(ask(&mut session(&store, &[]), "STATUS INBOX (APPENDLIMIT)").starts_with("q BAD "));
}

#[test]
fn unauthenticate_ends_compression() {
    let mut connection = session(&store_with(0), &["UNAUTHENTICATE", "COMPRESS=DEFLATE"]);
    assert_eq!(ask(&mut connection, "COMPRESS DEFLATE"), "q OK DEFLATE from here on\r\n");
    let mut sent = Vec::with_capacity(1000);
    let mut packer = Compress::new(Compression::default(), false);
    packer.compress_vec(b"a UNAUTHENTICATE\r\n", &mut sent, FlushCompress::Sync).unwrap();
    connection.receive(&sent);
    let mut said = Vec::with_capacity(10_000);
    let mut unpacker = Decompress::new(false);
    unpacker.decompress_vec(&connection.take_output(), &mut said, FlushDecompress::Sync).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(said.starts_with("a OK [CAPABILITY ") && said.ends_with("] UNAUTHENTICATE done\r\n"), "{said}");
    assert!(ask(&mut connection, "LOGIN ann x").starts_with("q OK "));
    assert_eq!(ask(&mut connection, "COMPRESS DEFLATE"), "q OK DEFLATE from here on\r\n");
}

#[test]
fn unauthenticate() {
    let store = store_with(1);
    store.add_user("bob", "y");
    let mut connection = selected(&store, &["UNAUTHENTICATE", "CONDSTORE"]);
    ask(&mut connection, "ENABLE CONDSTORE");
    let said = ask(&mut connection, "UNAUTHENTICATE");
    assert!(said.starts_with("q OK [CAPABILITY IMAP4rev1 ") && said.contains(" AUTH=PLAIN "), "{said}");
    assert_eq!(ask(&mut connection, "SELECT INBOX"), "q BAD log in first\r\n");
    assert_eq!(ask(&mut connection, "UNAUTHENTICATE"), "q BAD log in first\r\n");
    assert!(ask(&mut connection, "LOGIN bob y").starts_with("q OK "));
    assert_eq!(ask(&mut connection, "FETCH 1 UID"), "q BAD no mailbox is selected\r\n");
    store.account("bob").append("INBOX", MESSAGE).unwrap();
    ask(&mut connection, "SELECT INBOX");
    assert_eq!(ask(&mut connection, "STORE 1 +FLAGS.SILENT (\\Seen)"), "q OK STORE done\r\n");
    assert_eq!(ask(&mut session(&store, &[]), "UNAUTHENTICATE"), "q BAD unknown command UNAUTHENTICATE\r\n");
}
