//! Status responses and continuations.

use imaplib_proto::types::{Response, ResponseCode, StatusKind};

use super::{Case, bytes, good, noted, tagged, text, unknown, untagged};

const NO_CODE: &str = "brackets that hold no response code";

pub fn cases() -> Vec<Case> {
    use StatusKind::{Bad, Bye, No, Ok, PreAuth};
    let alert = || Some(ResponseCode::Alert);
    vec![
        good(b"* OK\r\n", untagged(Ok, None, "")),
        good(b"* OK \r\n", untagged(Ok, None, "")),
        good(b"* OK hello\r\n", untagged(Ok, None, "hello")),
        good(b"* ok hello\n", untagged(Ok, None, "hello")),
        good(b"*  OK  hello  \r\n", untagged(Ok, None, "hello")),
        good(b"* OK [ALERT]\r\n", untagged(Ok, alert(), "")),
        good(b"* OK [ALERT] \r\n", untagged(Ok, alert(), "")),
        good(b"* OK [ALERT] x\r\n", untagged(Ok, alert(), "x")),
        good(b"* OK [alert]x\r\n", untagged(Ok, alert(), "x")),
        good(b"* NO disk {5}\r\n", untagged(No, None, "disk {5}")),
        good(b"* BAD what\r\n", untagged(Bad, None, "what")),
        good(b"* BYE\r\n", untagged(Bye, None, "")),
        good(b"* BYE bye\r\n", untagged(Bye, None, "bye")),
        good(b"* PREAUTH IMAP4rev1 server\r\n", untagged(PreAuth, None, "IMAP4rev1 server")),
        good("* OK grüße\r\n".as_bytes(), untagged(Ok, None, "grüße")),
        good(b"A1 OK\r\n", tagged("A1", Ok, None, "")),
        good(b"A1 OK \r\n", tagged("A1", Ok, None, "")),
        good(b"A1 OK done\r\n", tagged("A1", Ok, None, "done")),
        good(
            b"A1 NO [TRYCREATE] no such mailbox\r\n",
            tagged("A1", No, Some(ResponseCode::TryCreate), "no such mailbox"),
        ),
        good(
            b"A1 NO APPEND [TRYCREATE] failed\r\n",
            tagged("A1", No, Some(ResponseCode::TryCreate), "APPEND [TRYCREATE] failed"),
        ),
        good(b"A1 BAD syntax\n", tagged("A1", Bad, None, "syntax")),
        // A tagged BYE is an error, never success; its kind says so.
        good(b"A1 BYE x\r\n", tagged("A1", Bye, None, "x")),
        good(b"a.b]c OK x\r\n", tagged("a.b]c", Ok, None, "x")),
        // Exchange and O365 begin texts with brackets.
        noted(
            b"A OK [Error=\"x\" Y=z] done\r\n",
            tagged("A", Ok, None, "[Error=\"x\" Y=z] done"),
            &[(NO_CODE, b"[Error=\"x\" Y=z] done")],
        ),
        noted(b"* OK [] x\r\n", untagged(Ok, None, "[] x"), &[(NO_CODE, b"[] x")]),
        noted(b"* OK [open\r\n", untagged(Ok, None, "[open"), &[(NO_CODE, b"[open")]),
        noted(b"\0\0* OK x\r\n", untagged(Ok, None, "x"), &[("NUL at the beginning of the response", b"\0\0")]),
        good(b"+ idling\r\n", Response::Continuation(text("idling"))),
        good(b"+ \r\n", Response::Continuation(text(""))),
        good(b"+\r\n", Response::Continuation(text(""))),
        good(b"+\n", Response::Continuation(text(""))),
        good(b"+idling\r\n", Response::Continuation(text("idling"))),
        good(
            b"+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2U+ \r\n",
            Response::Continuation(bytes(b"PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2U+").into()),
        ),
        // A tagged PREAUTH completes nothing.
        noted(
            b"A1 PREAUTH x\r\n",
            unknown(None, "A1", b"A1 PREAUTH x\r\n"),
            &[("neither untagged data nor the completion of a command", b"A1 PREAUTH x")],
        ),
    ]
}
