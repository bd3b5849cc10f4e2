//! Which literals the lines of one response announce.

use super::FrameError;
use super::literal::{Announced, can_follow, is_in_doubt};
use super::response_slice::ResponseKind;

/// Finds the literals of one response from its lines, for callers that read by line.
///
/// The rule is the grammar's, as the [`Framer`](super::Framer) has it: a text in braces at the end of a line announces a
/// literal only where the response can have one.
///
/// ```
/// use imaplib_proto::wire::Literals;
///
/// let mut literals = Literals::default();
/// assert_eq!(literals.announced(b"* 1 FETCH (BODY[1] {5}")?, Some(5));
/// assert_eq!(literals.announced(b" BODY[2] {0}")?, Some(0));
/// assert_eq!(literals.announced(b")")?, None);
/// assert_eq!(Literals::default().announced(b"* OK welcome {5}")?, None);
/// # Ok::<(), imaplib_proto::wire::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Literals {
    /// Of which kind the response is, once its first line was seen.
    kind: Option<ResponseKind>,
}

impl Literals {
    /// The length in bytes of the literal that follows the next line of the response, if it announces one.
    ///
    /// # Errors
    /// [`FrameError::LiteralLength`] if the length is impossible, and [`FrameError::InDoubt`] if a line that can hold no
    /// literal ends in such a way that what follows may be the bytes of one.
    pub fn announced(&mut self, line: &[u8]) -> Result<Option<u64>, FrameError> {
        let first = self.kind.is_none();
        let kind = *self.kind.get_or_insert_with(|| ResponseKind::of(line));
        let announced = Announced::at_end_of(line).filter(|announced| can_follow(kind, announced.before, first));
        if let Some(length) = announced.and_then(|announced| announced.length()) {
            return length.map(Some).ok_or(FrameError::LiteralLength);
        }
        if first && kind == ResponseKind::Text && is_in_doubt(line, line) {
            return Err(FrameError::InDoubt);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Framer, Piece};
    use super::*;

    /// Both ways of reading find the same literals: the framer's response ends where the lines say that it does.
    #[test]
    fn the_framer_finds_the_same() {
        for response in [
            "* 1 FETCH (BODY[] {2}\r\nhi)\r\n",
            "* 1 FETCH (BODY[1] {2}\r\nhi BODY[2] {3}\r\n{5} UID 7)\r\n",
            "* LIST () \"/\" {3}\r\nodd\r\n",
            "* LIST () \"/\" odd {3}\r\n",
            "* OK text {3}\r\n",
            "* BYE {3}\r\n",
            "a1 OK {3}\r\n",
            "+ {3}\r\n",
            "* SEARCH 1 {3}\r\n",
            "* 1 FETCH (ENVELOPE (\"{3}\" NIL {3}\r\nabc))\r\n",
            "* X-NEW {3}\r\nabc\r\n",
            "* 1 FETCH (BODY[] {0}\r\n)\r\n",
        ] {
            let mut framer = Framer::default();
            framer.receive(response.as_bytes());
            framer.receive(b"* 9 EXISTS\r\n");
            let framed = framer.next();
            assert!(matches!(&framed, Ok(Some(Piece::Response(bytes))) if bytes == response.as_bytes()), "{response}");

            let (mut literals, mut rest) = (Literals::default(), response);
            let end = loop {
                let Some((line, behind)) = rest.split_once("\r\n") else { break None };
                match literals.announced(line.as_bytes()) {
                    Ok(Some(length)) => {
                        rest = behind.get(usize::try_from(length).unwrap_or_default()..).unwrap_or_default();
                    }
                    Ok(None) => break Some(behind),
                    Err(error) => panic!("{response}: {error}"),
                }
            };
            assert_eq!(end, Some(""), "{response}");
        }
    }

    #[test]
    fn what_may_be_the_bytes_of_a_literal_is_not_read_as_a_response() {
        assert_eq!(Literals::default().announced(b"1 FETCH (BODY[] {5}"), Err(FrameError::InDoubt));
        let huge = b"* 1 FETCH (BODY[] {99999999999999999999}";
        assert_eq!(Literals::default().announced(huge), Err(FrameError::LiteralLength));
    }
}
