//! Where framing is in doubt, the connection ends.

use imaplib_proto::engine::EngineError;

use crate::support::{TEXT, at_every_split};

/// The connection ends, and nothing that follows the response is heard.
pub fn is_lost(answer: &str) {
    for threshold in [64 << 10, 2] {
        let found = at_every_split(answer.as_bytes(), threshold);
        assert_eq!(found.error, Some(EngineError::FramingLost), "{}: {found:?}", answer.escape_debug());
        let heard = (found.events.len(), found.exists, found.completion);
        assert_eq!(heard, (0, 1, None), "{}", answer.escape_debug());
    }
}

#[test]
fn an_announced_literal_that_is_no_part_of_the_row_ends_the_connection() {
    for row in [
        "UID 3 X-NEW foo{5}",
        "UID{5}",
        "UID 3 FLAGS (a{5}",
        "UID 3 INTERNALDATE{5}",
        "UID 3 BODY[] { 5 }",
        "BODY[] {x}",
    ] {
        let response = format!("* 1 FETCH ({row}\r\n{TEXT})\r\nA2 OK done\r\n");
        let found = at_every_split(response.as_bytes(), 64 << 10);
        assert_eq!(found.error, Some(EngineError::FramingLost), "{row}: {found:?}");
        assert_eq!((found.rows.len(), found.events.len(), found.completion), (0, 0, None), "{row}");
    }
}

#[test]
fn bytes_between_an_announcement_and_the_line_end_end_the_connection() {
    let announcements = ["{", "~{"];
    let rows =
        ["UID 3 BODY[] ", "UID 3 BODY[TEXT]<0> ", "RFC822 ", "BINARY[1] ", "ENVELOPE (\"d\" ", "ENVELOPE (\"a\"b\" "];
    let behind = [
        "\0", "x", ")", "))", "]", "}", "\"", "\\", ";", ",", "+x", " ~", " x", " x)", " \0", " {0}", "{1}", "\u{b}",
        "\u{1a}", "\u{a0}", " UID 3)",
    ];
    for row in rows {
        for announcement in announcements {
            for behind in behind {
                let length = TEXT.len();
                is_lost(&format!("* 1 FETCH ({row}{announcement}{length}}}{behind}\r\n{TEXT})\r\nA2 OK done\r\n"));
            }
        }
    }
    // No line end, or half of one.
    for end in ["\r", "\r\0\n", "\0\n", ""] {
        let length = TEXT.len();
        is_lost(&format!("* 1 FETCH (UID 3 BODY[] {{{length}}}{end}{TEXT})\r\nA2 OK done\r\n"));
    }
    is_lost(&format!("* 1 FETCH (INTERNALDATE \"x\" BODY[] {{{}}}\n{TEXT})\r\nA2 OK done\r\n", TEXT.len()));
}

#[test]
fn rows_that_begin_oddly_and_announce_a_text_end_the_connection() {
    let begins = [
        " * 1 FETCH (",
        "\t* 1 FETCH (",
        "*\t1 FETCH (",
        "*1 FETCH (",
        "1 FETCH (",
        "** 1 FETCH (",
        "*\0 1 FETCH (",
        "x * 1 FETCH (",
        "\r* 1 FETCH (",
        "+ 1 FETCH (",
        "- 1 FETCH (",
        "\u{feff}* 1 FETCH (",
        "\u{a0}* 1 FETCH (",
        "FETCH (",
        "(",
        "A4 FETCH (",
        "* OK 1 FETCH (",
        "* NO (",
        "* BAD (",
        "* PREAUTH (",
        "A9 OK (",
        "* OK [X] x\r* 1 FETCH (",
        "* [X] (",
    ];
    for begin in begins {
        for end in ["\r\n", "\0\r\n", ")\r\n", "\n"] {
            let length = TEXT.len();
            is_lost(&format!("{begin}UID 3 BODY[] {{{length}}}{end}{TEXT})\r\nA2 OK done\r\n"));
        }
    }
}

#[test]
fn lists_of_other_data_that_end_in_an_odd_announcement_end_the_connection() {
    for data in ["METADATA \"INBOX\" (/shared/comment {5}\0", "LIST (\\Marked {5}x", "NAMESPACE ((\"\" {5}\u{b}"] {
        is_lost(&format!("* {data}\r\n* 9999 EXISTS\r\nA2 OK done\r\n"));
    }
}

#[test]
fn a_quoted_string_that_a_line_end_cuts_ends_the_connection() {
    for data in [
        "LIST () \"/\" \"a",
        "LIST (\"\\Marked",
        "LIST () \"/",
        "LIST () \"/\" \"",
        "LIST () \"/\" \"a\\",
        "LIST () \"/\" a (\"CHILDINFO\" (\"x",
        "LSUB () \"/\" \"a",
        "XLIST () \"/\" \"a b",
        "STATUS \"a",
        "STATUS a (MESSAGES \"1",
        "ACL \"a",
        "ACL a \"bob",
        "MYRIGHTS \"a",
        "LISTRIGHTS a \"bob",
        "QUOTA \"a",
        "QUOTAROOT a \"b",
        "METADATA \"a",
        "METADATA a (/shared/comment \"b",
        "ANNOTATION \"a",
        "NAMESPACE ((\"a",
        "ID (\"name\" \"a",
        "ESEARCH (MAILBOX \"a",
        "X-NEW \"a",
        "X-NEW (x \"a\\\" b",
        "5 X-NEW \"a",
    ] {
        is_lost(&format!("* {data}\r\n* 9999 EXISTS\r\nA2 OK forged\r\nb\"\r\nA2 OK done\r\n"));
    }
}

#[test]
fn bad_quotes_in_other_data_that_end_with_their_line_end_nothing() {
    for data in [
        "LIST () \"/\" \"usr\\\"",
        "LIST () \"\\\" \"a\"",
        "LIST () \"/\" 5\" disk",
        "LIST () \"/\" \"a \"b\" c\"",
        "LIST () \"/\" \"a\\(b\\)\"",
        "LIST () \"/\" a (5\" x)",
        "STATUS a\"b (MESSAGES 1)",
        "STATUS \"a\\\" (MESSAGES 1)",
        "X-NEW a\"b",
        "X-NEW \"a\\\"",
        "OK [X \"a] text \"b",
        "NO \"a",
    ] {
        let answer = format!("* {data}\r\nA2 OK done\r\n");
        let found = at_every_split(answer.as_bytes(), 64 << 10);
        assert_eq!((found.error, found.completion.as_deref()), (None, Some("done")), "{data}");
    }
}
