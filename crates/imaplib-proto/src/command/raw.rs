//! A command in the caller's own words, and what it does to the connection by what it sends.
//!
//! A command states what it does; one that a caller wrote, or a line in the caller's own words, may be wrong about it. If
//! the engine believed that a SELECT changes nothing, a handle of the mailbox before would remove messages of the new one.

use bytes::Bytes;

use super::{Command, Conduct, Effect, Incomplete, Selection, Tag};
use crate::types::{InvalidValue, MailboxName, NameEncoding, StatusResponse, Untagged, unescape};
use crate::wire::{Encoder, Fragment};

/// A command that the library does not have, sent as it is written: imaplib's `xatom`.
///
/// The text must hold no CR, LF or NUL, and so no literal. It runs alone, and every untagged response that comes while
/// it runs is its output. Its first word decides what it does to the connection: SELECT opens a mailbox, CLOSE leaves it.
/// What needs more than to be sent and answered is refused: STARTTLS, COMPRESS, AUTHENTICATE, LOGIN,
/// UNAUTHENTICATE, IDLE and APPEND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    text: String,
    responses: Vec<Untagged>,
}

impl Raw {
    /// The command with its arguments, without a tag: `XPING now`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), responses: Vec::new() }
    }
}

impl Command for Raw {
    type Output = Vec<Untagged>;

    fn encode(&self, encoder: &mut Encoder) {
        if self.text.trim().is_empty() {
            encoder.refuse("command (it is empty)", "");
        }
        // A line that ends like this would make the server wait for a literal.
        if self.text.trim_end().ends_with('}') {
            encoder.refuse("command (it ends like a literal)", &self.text);
        }
        encoder.raw(&self.text);
    }

    fn conduct(&self) -> Conduct {
        Conduct::alone()
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        self.responses.push(response);
        None
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<Untagged>, Incomplete> {
        Ok(self.responses)
    }
}

impl Conduct {
    /// The conduct of a command that is sent as these fragments and claims to have this conduct.
    ///
    /// # Errors
    /// If the command needs more than to be sent and answered, and does not state so.
    pub(crate) fn checked(self, fragments: &[Fragment], names: NameEncoding) -> Result<Self, InvalidValue> {
        let Some(Fragment::Bytes(bytes, _)) = fragments.first() else { return Ok(self) };
        let (word, arguments) = first_word(bytes);
        let needed = |effect| match self.effect == effect {
            true => Ok(effect),
            false => Err(InvalidValue::new("command to be sent as it is, for it has a call of its own", &word)),
        };
        let (mut selects, mut runs_alone) = (None, self.runs_alone);
        let effect = match word.as_str() {
            "SELECT" | "EXAMINE" => {
                let mailbox = || MailboxName::from_wire(first_argument(arguments), names);
                let sent = || Selection { mailbox: mailbox(), read_only: word == "EXAMINE" };
                selects = Some(self.selects.clone().unwrap_or_else(sent));
                Effect::None
            }
            "CLOSE" | "UNSELECT" => Effect::LeavesMailbox,
            "LOGOUT" => Effect::LogsOut,
            "ENABLE" => Effect::Enables,
            "STARTTLS" => needed(Effect::StartsTls)?,
            "COMPRESS" => needed(Effect::StartsCompression)?,
            "AUTHENTICATE" | "LOGIN" => needed(Effect::LogsIn)?,
            "UNAUTHENTICATE" => needed(Effect::Unauthenticates)?,
            "IDLE" => needed(Effect::Idles)?,
            "NOTIFY" => Effect::Notifies { expunge_at_any_time: names_selected(arguments) },
            // One that has its message with it is sent and answered.
            "APPEND" if !self.sends_message && !holds_literal(bytes) => {
                return Err(InvalidValue::new("command to be sent as it is, for it has a call of its own", &word));
            }
            // Nothing of this happens unless the server is told to.
            _ => {
                let effect = match self.effect {
                    Effect::LeavesMailbox | Effect::LogsOut | Effect::Notifies { .. } => Effect::None,
                    Effect::None
                    | Effect::LogsIn
                    | Effect::Unauthenticates
                    | Effect::StartsTls
                    | Effect::StartsCompression
                    | Effect::Enables
                    | Effect::Idles => self.effect,
                };
                runs_alone |= effect != self.effect || self.selects.is_some();
                effect
            }
        };
        Ok(Self { selects, runs_alone, effect, ..self })
    }
}

/// The first word in capitals, and what follows it.
fn first_word(bytes: &[u8]) -> (String, &[u8]) {
    let bytes = bytes.trim_ascii_start();
    let length = bytes.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(bytes.len());
    let (word, arguments) = bytes.split_at_checked(length).unwrap_or_default();
    (String::from_utf8_lossy(word).to_ascii_uppercase(), arguments)
}

/// Whether the arguments of NOTIFY name the open mailbox, and not with a delay.
fn names_selected(arguments: &[u8]) -> bool {
    let capitals = arguments.to_ascii_uppercase();
    memchr::memmem::find(&capitals, b"(SELECTED ").is_some_and(|at| {
        let events = capitals.get(at + 10..).unwrap_or_default();
        !events.trim_ascii_start().starts_with(b"NONE")
    })
}

/// The first argument, without what it is wrapped in.
fn first_argument(arguments: &[u8]) -> Bytes {
    let arguments = arguments.trim_ascii();
    let argument = match arguments {
        [b'"', quoted @ ..] => {
            let mut escaped = false;
            let end = quoted.iter().position(|byte| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            return unescape(quoted.get(..end.unwrap_or(quoted.len())).unwrap_or_default()).into();
        }
        // A literal that need not be waited for.
        [b'{', ..] => arguments.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(arguments),
        word => word.split(|byte| *byte == b' ').next().unwrap_or_default(),
    };
    Bytes::copy_from_slice(argument)
}

fn holds_literal(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"}\r\n").is_some()
}
