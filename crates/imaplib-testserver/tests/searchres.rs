//! ESEARCH and SEARCHRES (RFC 4731, RFC 5182).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use imaplib_proto::types::Uid;
use transcript::{ask, play, selected, store_with};

#[test]
fn results_in_short() {
    play(
        &mut selected(&store_with(5), &[]),
        "C: a SEARCH RETURN () OR 1:2 4
         S: * ESEARCH (TAG \"a\") ALL 1:2,4
         S: a OK SEARCH done
         C: b UID SEARCH RETURN (COUNT ALL MAX MIN) 2:5
         S: * ESEARCH (TAG \"b\") UID MIN 2 MAX 5 ALL 2:5 COUNT 4
         S: b OK SEARCH done
         C: c SEARCH RETURN (MIN MAX ALL COUNT) DELETED
         S: * ESEARCH (TAG \"c\") COUNT 0
         S: c OK SEARCH done
         C: d SEARCH RETURN (MIN) DELETED
         S: * ESEARCH (TAG \"d\")
         S: d OK SEARCH done
         C: e SEARCH RETURN (SAVE) ALL
         S: e BAD unknown return option SAVE
         C: f FETCH $ UID
         S: f BAD expected a message set before \"$ UID\"",
    );
}

#[test]
fn a_result_that_is_saved() {
    let store = store_with(6);
    let mut connection = selected(&store, &["SEARCHRES"]);
    play(
        &mut connection,
        "C: a FETCH $ UID
         S: a OK FETCH done
         C: b SEARCH RETURN (SAVE) 2:5
         S: b OK SEARCH done
         C: c UID FETCH $ UID
         S: * 2 FETCH (UID 2)
         S: * 3 FETCH (UID 3)
         S: * 4 FETCH (UID 4)
         S: * 5 FETCH (UID 5)
         S: c OK FETCH done
         C: d STORE $ +FLAGS.SILENT (\\Seen)
         S: d OK STORE done
         C: e SEARCH $ NOT 2
         S: * SEARCH 3 4 5
         S: e OK SEARCH done
         C: f SEARCH NOT UID $
         S: * SEARCH 1 6
         S: f OK SEARCH done
         C: g UID SEARCH RETURN (SAVE COUNT) $ 3:6
         S: * ESEARCH (TAG \"g\") UID COUNT 3
         S: g OK SEARCH done
         C: h STORE 4 +FLAGS.SILENT (\\Deleted)
         S: h OK STORE done
         C: i EXPUNGE
         S: * 4 EXPUNGE
         S: i OK EXPUNGE done
         C: j FETCH $ UID
         S: * 3 FETCH (UID 3)
         S: * 4 FETCH (UID 5)
         S: j OK FETCH done",
    );
    store.account("ann").expunge("INBOX", Uid::new(3).unwrap()).unwrap();
    play(
        &mut connection,
        "C: k UID SEARCH RETURN (ALL) $
         S: * ESEARCH (TAG \"k\") UID ALL 5
         S: * 3 EXPUNGE
         S: k OK SEARCH done",
    );
}

#[test]
fn what_is_saved() {
    for (options, saved) in [
        ("SAVE", "2 3 4"),
        ("SAVE MIN", "2"),
        ("MAX SAVE", "4"),
        ("SAVE MIN MAX", "2 4"),
        ("SAVE MIN COUNT", "2 3 4"),
        ("SAVE ALL", "2 3 4"),
    ] {
        let mut connection = selected(&store_with(5), &["SEARCHRES"]);
        ask(&mut connection, &format!("SEARCH RETURN ({options}) 2:4"));
        // Neither a search without SAVE nor one that is malformed changes it.
        ask(&mut connection, "SEARCH ALL");
        ask(&mut connection, "SEARCH RETURN (SAVE) NONSENSE");
        assert_eq!(
            ask(&mut connection, "UID SEARCH $"),
            format!("* SEARCH {saved}\r\nq OK SEARCH done\r\n"),
            "{options}"
        );
        ask(&mut connection, "SEARCH RETURN (SAVE) CHARSET KOI8-R ALL");
        assert_eq!(ask(&mut connection, "SEARCH $"), "* SEARCH\r\nq OK SEARCH done\r\n");
    }
    let mut connection = selected(&store_with(5), &["SEARCHRES"]);
    ask(&mut connection, "SEARCH RETURN (SAVE) ALL");
    ask(&mut connection, "SELECT INBOX");
    assert_eq!(ask(&mut connection, "SEARCH $"), "* SEARCH\r\nq OK SEARCH done\r\n");
}
