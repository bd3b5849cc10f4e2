//! The methods of the values which decode what they hold.

use super::charset::Charset;
use super::text::{self, PartText};
use super::transfer_encoding::Encoding;
use super::{date, parameters, words};
use crate::types::{DateTime, EmailAddress, Envelope, ImapString, SinglePart};

impl ImapString {
    /// The text of a header field, with its encoded words decoded (RFC 2047). Bytes that are not ASCII are read as UTF-8 if
    /// they can be, else in the charset that they look like.
    ///
    /// ```
    /// use imaplib_proto::types::ImapString;
    ///
    /// assert_eq!(ImapString::from("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=").decoded(), "Grüße");
    /// ```
    #[must_use]
    pub fn decoded(&self) -> String {
        words::decode(self.as_bytes(), None)
    }
}

impl EmailAddress {
    /// The display name, decoded; `None` if there is none, or only blanks.
    ///
    /// The name is the sender's choice, and may look like an address: show [`address`](Self::address) beside it.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        self.name.as_ref().map(ImapString::decoded).filter(|name| !name.trim().is_empty())
    }
}

impl Envelope {
    /// The Date field as a moment, in UTC; `None` if there is none or it cannot be read.
    ///
    /// Dates are read as programs really write them: a wrong weekday, `16.03.09` or `GMT+01:00` do no harm.
    #[must_use]
    pub fn sent_at(&self) -> Option<DateTime> {
        date::parse(self.date()?.as_bytes()).and_then(|seconds| DateTime::from_unix(seconds).ok())
    }
}

impl SinglePart {
    /// The file name, decoded: that of Content-Disposition, else that of Content-Type (RFC 2183, RFC 2231).
    ///
    /// It is what the sender wrote, and not to be trusted: it may hold `../`, or be a name that a system reserves.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        parameters::file_name(self)
    }

    /// The charset that the part declares; `None` if it declares none that is known.
    #[must_use]
    pub fn charset(&self) -> Option<Charset> {
        text::charset_of(self)
    }

    /// The transfer encoding that the part declares.
    #[must_use]
    pub fn transfer_encoding(&self) -> Encoding {
        Encoding::for_label(self.encoding.as_bytes())
    }

    /// What a person reads of the part's body, which is given as it stands in the message: decoded, and HTML made text.
    #[must_use]
    pub fn read_text(&self, body: &[u8]) -> PartText {
        text::read(self, body, None)
    }
}

#[cfg(test)]
mod tests {
    use crate::types::{Address, DateTime, EmailAddress, Envelope, ImapString, SinglePart};

    #[test]
    fn an_envelope_is_read_as_people_read_it() {
        let text = |text: &str| Some(ImapString::from(text));
        let email = EmailAddress {
            name: text("=?iso-8859-1?q?J=FCrgen?="),
            route: None,
            mailbox: text("j"),
            host: text("example.org"),
        };
        let mut people: [Vec<Address>; 6] = Default::default();
        people[0].push(Address::Mailbox(email));
        let texts =
            [text("Thur, 1 Jan 1970 01:00:10 GMT+01:00"), text("=?utf-8?b?w4Q=?= =?utf-8?b?w5w=?="), None, None];
        let envelope = Envelope::new(texts, people);
        assert_eq!(envelope.sent_at(), DateTime::from_unix(10).ok());
        assert_eq!(envelope.subject().map(|subject| subject.decoded()).as_deref(), Some("ÄÜ"));
        let from = envelope.from().emails().next().unwrap();
        assert_eq!((from.display_name().as_deref(), from.address().as_str()), (Some("Jürgen"), "j@example.org"));
        assert_eq!(Envelope::default().sent_at(), None);
    }

    #[test]
    fn a_part_is_read_by_its_own_labels() {
        let mut part = SinglePart::new("text".into(), "html".into());
        let parameter = |name: &str, value: &str| (ImapString::from(name), ImapString::from(value));
        part.parameters =
            [parameter("charset", "latin1"), parameter("name*", "utf-8''%C3%BC.html")].into_iter().collect();
        part.encoding = "quoted-printable".into();
        assert_eq!(part.file_name().as_deref(), Some("ü.html"));
        let read = part.read_text(b"<p>caf=E9</p>\r\n");
        assert_eq!((read.text.trim(), read.from_html), ("café", true));
        assert!(part.charset().is_some());
        // Without a label the bytes say what they are.
        (part.parameters, part.encoding) = (Default::default(), "8bit".into());
        assert_eq!(part.read_text("<p>ü</p>".as_bytes()).text.trim(), "ü");
    }
}
