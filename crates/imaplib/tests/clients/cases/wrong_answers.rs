//! Servers that say OK to SEARCH, SORT and THREAD and answer with nothing, or with something else: that is an error, and never an
//! empty result.

use imaplib::types::UidSet;
use imaplib::{ErrorKind, Search, SearchReturn, SortKey, ThreadAlgorithm};

use super::{maybe_async, session, test};
use crate::support::scripted;

const GREETING: &str = "* PREAUTH [CAPABILITY IMAP4rev1 ESEARCH SORT THREAD=REFERENCES] hi\r\n";
const SELECTED: &str = "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\nA1 OK [READ-WRITE] done\r\n";

fn uids(text: &str) -> UidSet {
    text.parse().unwrap()
}

#[maybe_async]
#[test]
async fn a_search_for_all_that_names_none_is_an_error() {
    for answer in ["", "* SEARCH\r\n", "* ESEARCH (TAG \"@\") UID\r\n", "* ESEARCH (TAG \"@\") UID COUNT 0\r\n"] {
        let (_, endpoint) = scripted(move |say| {
            let answer = |tag: &str| answer.replace('@', tag) + tag + " OK done\r\n";
            say(GREETING);
            say(SELECTED);
            say(&answer("A2"));
            say(&answer("A3"));
            say(&answer("A4"));
            say(&answer("A5"));
            // The last one goes while it is searched for.
            say(&format!("* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n{}", answer("A6")));
        });
        let mut session = session(&endpoint).await;
        let mut inbox = session.select("INBOX").await.unwrap();
        let error = inbox.search(Search::all()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{answer}: {error}");
        assert!(inbox.search_seq(Search::all()).await.is_err(), "{answer}");
        assert!(inbox.search_return(Search::all(), &[SearchReturn::Count]).await.is_err(), "{answer}");
        // Of other conditions nothing is known.
        assert!(inbox.search(Search::unseen()).await.unwrap().is_empty(), "{answer}");
        assert!(inbox.search(Search::all()).await.unwrap().is_empty(), "{answer}");
    }
}

#[maybe_async]
#[test]
async fn an_order_without_messages_is_held_against_a_search() {
    // Wrong, where a search finds some; right, where it finds none: Cyrus sends no THREAD then.
    for (answer, found, is_right) in [
        ("", "* ESEARCH (TAG \"@\") UID ALL 5:6\r\n", false),
        ("* SORT\r\n* THREAD\r\n", "* ESEARCH (TAG \"@\") UID ALL 5:6\r\n", false),
        ("* SEARCH 5 6\r\n", "* ESEARCH (TAG \"@\") UID ALL 5:6\r\n", false),
        ("", "* ESEARCH (TAG \"@\") UID\r\n", true),
        ("* SORT\r\n* THREAD\r\n", "* ESEARCH (TAG \"@\") UID\r\n", true),
    ] {
        let (sent, endpoint) = scripted(move |say| {
            say(GREETING);
            say(SELECTED);
            for tag in ["A2", "A4"] {
                let next = if tag == "A2" { "A3" } else { "A5" };
                say(&format!("{answer}{tag} OK done\r\n"));
                say(&format!("{}{next} OK done\r\n", found.replace('@', next)));
            }
        });
        let mut session = session(&endpoint).await;
        let mut inbox = session.select("INBOX").await.unwrap();
        let sorted = inbox.sort([SortKey::Date], Search::unseen()).await;
        assert_eq!(sorted.as_ref().is_ok_and(Vec::is_empty), is_right, "{answer}: {sorted:?}");
        let threads = inbox.thread(ThreadAlgorithm::References, Search::unseen()).await;
        assert_eq!(threads.as_ref().is_ok_and(|threads| threads.is_empty()), is_right, "{answer}: {threads:?}");
        assert_eq!((sorted.is_ok(), threads.is_ok()), (is_right, is_right), "{answer}");
        assert_eq!(sent.lock().unwrap().len(), 5, "{answer}");
    }
}

#[maybe_async]
#[test]
async fn numbers_that_may_be_of_the_other_kind_are_asked_for_again() {
    let (sent, endpoint) = scripted(|say| {
        say(GREETING);
        say(SELECTED);
        // They may be sequence numbers.
        say("* ESEARCH (TAG \"A2\") ALL 2:3\r\nA2 OK done\r\n");
        say("* SEARCH 5 6\r\nA3 OK done\r\n");
        // They cannot.
        say("* ESEARCH (TAG \"A4\") ALL 2:4\r\nA4 OK done\r\n");
        // They may be once more.
        say("* ESEARCH (TAG \"A5\") ALL 2:3\r\nA5 OK done\r\n");
        say("* ESEARCH (TAG \"A6\") ALL 2:3\r\nA6 OK done\r\n");
        say("* ESEARCH (TAG \"A7\") MIN 2 COUNT 2\r\nA7 OK done\r\n");
        // UIDs in place of sequence numbers.
        say("* ESEARCH (TAG \"A8\") UID ALL 2:3\r\nA8 OK done\r\n");
        say("* SEARCH 1 2\r\nA9 OK done\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    assert_eq!(inbox.search(Search::unseen()).await.unwrap(), uids("5:6"));
    assert_eq!(inbox.search(Search::unseen()).await.unwrap(), uids("2:4"));
    let error = inbox.search_lossy(Search::unseen()).await.unwrap_err();
    assert!(error.to_string().contains("whether its numbers are UIDs"), "{error}");
    let error = inbox.search_return(Search::unseen(), &[SearchReturn::Min, SearchReturn::Count]).await.unwrap_err();
    assert!(error.to_string().contains("whether its numbers are UIDs"), "{error}");
    assert_eq!(inbox.search_seq(Search::unseen()).await.unwrap(), "1:2".parse().unwrap());
    let sent = sent.lock().unwrap();
    assert_eq!((sent[1].as_str(), sent[2].as_str()), ("A2 UID SEARCH RETURN (ALL) UNSEEN", "A3 UID SEARCH UNSEEN"));
    assert_eq!(sent[8], "A9 SEARCH UNSEEN");
}
