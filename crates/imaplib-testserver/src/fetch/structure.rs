//! ENVELOPE, BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2).

use crate::content::Content;
use crate::mime::address::{Entry, parse_list};
use crate::mime::header::{self, Field, Parameterized};
use crate::mime::part::{Kind, Part};
use crate::response::Response;

/// Writes the structure of a part and of those below it; `extended` adds what BODYSTRUCTURE has over BODY.
pub(crate) fn write(response: &mut Response, content: &Content, part: &Part, extended: bool) {
    let header_bytes = part.header_bytes(content);
    response.text("(");
    if let Kind::Multipart(children) = &part.kind {
        for child in children {
            write(response, content, child, extended);
        }
        response.text(" ").string(&part.media_subtype);
        if extended {
            response.text(" ");
            write_parameters(response, &part.parameters);
            write_extension(response, &header_bytes);
        }
        response.text(")");
        return;
    }
    // A multipart without parts cannot be written as one, and neither can a message that is not read as one.
    let is_opaque = part.is("message", Some("rfc822")) && !matches!(part.kind, Kind::Message(_));
    let (media_type, subtype): (&[u8], &[u8]) = match part.is("multipart", None) {
        true => (b"text", b"plain"),
        false if is_opaque => (b"application", b"octet-stream"),
        false => (&part.media_type, &part.media_subtype),
    };
    response.string(media_type).text(" ").string(subtype).text(" ");
    write_parameters(response, &part.parameters);
    response.text(" ").nstring(header::value(&header_bytes, "content-id").as_deref());
    response.text(" ").nstring(header::value(&header_bytes, "content-description").as_deref());
    response.text(" ").string(&part.encoding).text(&format!(" {}", part.body.1 - part.body.0));
    if let Kind::Message(inner) = &part.kind {
        response.text(" ");
        write_envelope(response, &inner.header_bytes(content));
        response.text(" ");
        write(response, content, inner, extended);
    }
    if matches!(part.kind, Kind::Message(_)) || media_type.eq_ignore_ascii_case(b"text") {
        response.text(&format!(" {}", part.lines));
    }
    if extended {
        response.text(" ").nstring(header::value(&header_bytes, "content-md5").as_deref());
        write_extension(response, &header_bytes);
    }
    response.text(")");
}

fn write_parameters(response: &mut Response, parameters: &[(Vec<u8>, Vec<u8>)]) {
    if parameters.is_empty() {
        response.text("NIL");
        return;
    }
    response.list(parameters, |out, (name, value)| {
        out.string(name).text(" ").string(value);
    });
}

/// Disposition, language and location.
fn write_extension(response: &mut Response, header_bytes: &[u8]) {
    response.text(" ");
    match header::value(header_bytes, "content-disposition").map(|value| Parameterized::parse(&value)) {
        Some(disposition) if !disposition.value.is_empty() => {
            response.text("(").string(&disposition.value).text(" ");
            write_parameters(response, &disposition.parameters);
            response.text(")");
        }
        _ => {
            response.text("NIL");
        }
    }
    response.text(" ");
    let languages = header::value(header_bytes, "content-language").unwrap_or_default();
    let languages: Vec<&[u8]> =
        languages.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|language| !language.is_empty()).collect();
    match languages.as_slice() {
        [] => {
            response.text("NIL");
        }
        [one] => {
            response.string(one);
        }
        several => {
            response.list(several, |out, language| {
                out.string(language);
            });
        }
    }
    response.text(" ").nstring(header::value(header_bytes, "content-location").as_deref());
}

/// Writes the envelope of a message from its header.
pub(crate) fn write_envelope(response: &mut Response, header_bytes: &[u8]) {
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

    fn structure(message: &'static str, extended: bool) -> String {
        let content = Content::memory(message);
        let mut response = Response::default();
        write(&mut response, &content, &Part::of(&content), extended);
        let sent: Vec<u8> = response.finish().iter().flat_map(|chunk| chunk.prefix(9999)).collect();
        String::from_utf8(sent).unwrap().trim_end().to_owned()
    }

    #[test]
    fn writes_structures() {
        assert_eq!(
            structure("Subject: x\r\n\r\na\r\nb\r\n", false),
            "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 6 2)"
        );
        assert_eq!(
            structure(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\
                 Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\
                 Content-Disposition: attachment; filename=a.png\r\n\r\nAAAA\r\n--b--\r\n",
                true
            ),
            "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 1 NIL NIL NIL NIL)\
             (\"image\" \"png\" (\"name\" \"a.png\") NIL NIL \"base64\" 4 NIL (\"attachment\" (\"filename\" \"a.png\")) \
             NIL NIL) \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)"
        );
    }

    #[test]
    fn fills_in_missing_fields() {
        let mut response = Response::default();
        write_envelope(&mut response, b"From: A <a@b>\r\nTo: G: c@d;\r\nSubject: one\r\n two\r\n\r\n");
        let sent: Vec<u8> = response.finish().iter().flat_map(|chunk| chunk.prefix(999)).collect();
        let expected = "(NIL \"one two\" ((\"A\" NIL \"a\" \"b\")) ((\"A\" NIL \"a\" \"b\")) ((\"A\" NIL \"a\" \"b\")) \
                        ((NIL NIL \"G\" NIL)(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL)) NIL NIL NIL NIL)\r\n";
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
    }
}
