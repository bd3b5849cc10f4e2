//! ENVELOPE (RFC 3501 section 7.4.2).

use crate::mime::address::{Entry, parse_list};
use crate::mime::header::{self, Field};
use crate::response::Response;

/// Writes the envelope of a message from its header.
pub(crate) fn write(response: &mut Response, header_bytes: &[u8]) {
    let fields = header::fields(header_bytes);
    let value = |name: &str| {
        let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        field.map(Field::unfolded)
    };
    let addresses = |name: &str| -> Vec<Entry> {
        let named = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        named.flat_map(|field| parse_list(&field.unfolded())).collect()
    };
    let from = addresses("from");
    // Sender and reply-to are never missing: the sender's address stands for them.
    let or_from = |list: Vec<Entry>| if list.is_empty() { from.clone() } else { list };

    response.text("(").nstring(value("date").as_deref()).text(" ").nstring(value("subject").as_deref());
    for list in [
        from.clone(),
        or_from(addresses("sender")),
        or_from(addresses("reply-to")),
        addresses("to"),
        addresses("cc"),
        addresses("bcc"),
    ] {
        response.text(" ");
        write_list(response, &list);
    }
    response.text(" ").nstring(value("in-reply-to").as_deref());
    response.text(" ").nstring(value("message-id").as_deref()).text(")");
}

fn write_list(response: &mut Response, list: &[Entry]) {
    if list.is_empty() {
        response.text("NIL");
        return;
    }
    response.text("(");
    for entry in list {
        match entry {
            Entry::Address { name, mailbox, host } => {
                response.text("(").nstring(name.as_deref()).text(" NIL ").string(mailbox);
                response.text(" ").string(host).text(")");
            }
            Entry::GroupStart(name) => {
                response.text("(NIL NIL ").string(name).text(" NIL)");
            }
            Entry::GroupEnd => {
                response.text("(NIL NIL NIL NIL)");
            }
        }
    }
    response.text(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_missing_fields() {
        let mut response = Response::default();
        write(&mut response, b"From: A <a@b>\r\nTo: G: c@d;\r\nSubject: one\r\n two\r\n\r\n");
        let sent: Vec<u8> = response.finish().iter().flat_map(|chunk| chunk.prefix(999)).collect();
        let expected = "(NIL \"one two\" ((\"A\" NIL \"a\" \"b\")) ((\"A\" NIL \"a\" \"b\")) ((\"A\" NIL \"a\" \"b\")) \
                        ((NIL NIL \"G\" NIL)(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL)) NIL NIL NIL NIL)\r\n";
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
    }
}
