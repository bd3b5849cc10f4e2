//! Responses that this library does not know, and lines that are none.

use imaplib_proto::types::ResponseCode;
use imaplib_proto::types::StatusKind::{Bad, No};

use super::{Case, good, noted, tagged, unknown, untagged};

const TAGLESS: &str = "a refusal without a tag";
const NEITHER: &str = "neither untagged data nor the completion of a command";

pub fn cases() -> Vec<Case> {
    let known_to_others: Vec<(&'static [u8], Option<u32>, &str)> = vec![
        (b"* X-DATA \"\" (/shared/comment ~{2}\r\n\0))\r\n", None, "X-DATA"),
        (b"* LANGUAGE (EN DE)\r\n", None, "LANGUAGE"),
        (b"* COMPARATOR i;unicode-casemap\r\n", None, "COMPARATOR"),
        (b"* GENURLAUTH \"imap://x\"\r\n", None, "GENURLAUTH"),
        (b"* URLFETCH \"imap://x\" {2}\r\nhi\r\n", None, "URLFETCH"),
        (b"* CONVERSION \"a/b\" \"c/d\"\r\n", None, "CONVERSION"),
        (b"* 2 CONVERTED (TAG \"a\") (BINARY[1] {2}\r\nhi)\r\n", Some(2), "CONVERTED"),
        (b"* UIDBATCHES (TAG \"a\") 9:5,4:1\r\n", None, "UIDBATCHES"),
        (b"* JMAPACCESS \"https://x/\"\r\n", None, "JMAPACCESS"),
        (b"* XAPPLEPUSHSERVICE \"aps-version\" \"2\"\r\n", None, "XAPPLEPUSHSERVICE"),
        (b"* MAILBOX foo\r\n", None, "MAILBOX"),
        (b"* BBOARD foo\r\n", None, "BBOARD"),
        (b"* 5 COPY\r\n", Some(5), "COPY"),
        (b"* 5 XNEW (a \"b\")\r\n", Some(5), "XNEW"),
        (b"* XNEW\r\n", None, "XNEW"),
        (b"* 5\r\n", None, "5"),
        (b"*\r\n", None, ""),
        (b"* \r\n", None, ""),
        (b"* (x)\r\n", None, ""),
    ];
    let mut cases: Vec<Case> = known_to_others
        .into_iter()
        .map(|(bytes, number, keyword)| good(bytes, unknown(number, keyword, bytes)))
        .collect();
    cases.extend([
        // Courier counts from 0 where there is no message, Zoho from -1.
        noted(
            b"* 0 FETCH (UID 5)\r\n",
            unknown(Some(0), "FETCH", b"* 0 FETCH (UID 5)\r\n"),
            &[("0 is the number of no message", b" (UID 5)")],
        ),
        noted(
            b"* -1 FETCH (UID 5)\r\n",
            unknown(None, "FETCH", b"* -1 FETCH (UID 5)\r\n"),
            &[("no number of 32 bits", b"-1")],
        ),
        // The beginning of something else is no number: nothing may be done to message 1 or 5.
        noted(
            b"* 1:3 EXPUNGE\r\n",
            unknown(None, "EXPUNGE", b"* 1:3 EXPUNGE\r\n"),
            &[("no number of 32 bits", b"1:3")],
        ),
        noted(
            b"* 1,2 EXPUNGE\r\n",
            unknown(None, "EXPUNGE", b"* 1,2 EXPUNGE\r\n"),
            &[("no number of 32 bits", b"1,2")],
        ),
        noted(b"* 5.9 EXISTS\r\n", unknown(None, "EXISTS", b"* 5.9 EXISTS\r\n"), &[("no number of 32 bits", b"5.9")]),
        noted(
            b"* 1x FETCH (UID 1)\r\n",
            unknown(None, "FETCH", b"* 1x FETCH (UID 1)\r\n"),
            &[("no number of 32 bits", b"1x")],
        ),
        noted(b"* 1 FETCH 5\r\n", unknown(Some(1), "FETCH", b"* 1 FETCH 5\r\n"), &[("no list of items", b" 5")]),
        noted(b"\r\n", unknown(None, "", b"\r\n"), &[(NEITHER, b"")]),
        noted(b"\n", unknown(None, "", b"\n"), &[(NEITHER, b"")]),
        noted(b"\0\0\r\n", untagged(Bad, None, ""), &[("NUL at the beginning of the response", b"\0\0")]),
        // Exchange.
        noted(
            b"Server Unavailable. 15\r\n",
            tagged("", Bad, Some(ResponseCode::Unavailable), "Server Unavailable. 15"),
            &[(TAGLESS, b"Server Unavailable. 15")],
        ),
        // Namecheap.
        noted(
            b"BAD \"Must issue a STARTTLS command first\"\r\n",
            tagged("", Bad, None, "Must issue a STARTTLS command first"),
            &[(TAGLESS, b"BAD \"Must issue a STARTTLS command first\"")],
        ),
        // IceWarp.
        noted(b" NO x\r\n", tagged("", No, None, "x"), &[(TAGLESS, b"NO x")]),
        // Only a refusal can do without a tag.
        noted(b"OK x\r\n", unknown(None, "OK", b"OK x\r\n"), &[(NEITHER, b"OK x")]),
        noted(b"No x\r\n", unknown(None, "No", b"No x\r\n"), &[(NEITHER, b"No x")]),
        noted(b"A1\r\n", unknown(None, "A1", b"A1\r\n"), &[(NEITHER, b"A1")]),
        noted(b")\r\n", unknown(None, ")", b")\r\n"), &[(NEITHER, b")")]),
        noted(b"*OK x\r\n", unknown(None, "*OK", b"*OK x\r\n"), &[(NEITHER, b"*OK x")]),
    ]);
    cases
}
