//! What a command does to the connection, by what it sends.
//!
//! A command says what it does; one that a caller wrote, or a line in the caller's own words, may be wrong about it. If
//! the engine believed that a SELECT changes nothing, a handle of the mailbox before would remove messages of the new one.

use bytes::Bytes;

use crate::command::Role;
use crate::types::{InvalidValue, MailboxName, NameEncoding, unescape};
use crate::wire::Fragment;

/// The role of a command that is sent so and claims to have this role.
///
/// # Errors
/// If the command takes more than to be sent and answered, and does not claim to.
pub(super) fn role(claimed: Role, fragments: &[Fragment], names: NameEncoding) -> Result<Role, InvalidValue> {
    let Some(Fragment::Bytes(octets, _)) = fragments.first() else { return Ok(claimed) };
    let (word, arguments) = first_word(octets);
    let refused = || Err(InvalidValue::new("command to be sent as it is, for it has a call of its own", &word));
    match (word.as_str(), &claimed) {
        ("SELECT" | "EXAMINE", Role::Select { .. }) => Ok(claimed),
        ("SELECT" | "EXAMINE", _) => {
            let mailbox = MailboxName::from_wire(first_argument(arguments), names);
            Ok(Role::Select { mailbox, read_only: word == "EXAMINE" })
        }
        ("CLOSE" | "UNSELECT", _) => Ok(Role::Unselect),
        ("LOGOUT", _) => Ok(Role::Logout),
        ("ENABLE", _) => Ok(Role::Enable),
        ("STARTTLS", Role::StartTls)
        | ("COMPRESS", Role::Compress)
        | ("AUTHENTICATE" | "LOGIN", Role::Authenticate)
        | ("IDLE", Role::Idle)
        | ("APPEND", Role::Brings) => Ok(claimed),
        ("STARTTLS" | "COMPRESS" | "AUTHENTICATE" | "LOGIN" | "IDLE", _) => refused(),
        // One that has its message with it is sent and answered.
        ("APPEND", _) if !holds_literal(octets) => refused(),
        // Nothing of this happens unless the server is told to.
        (_, Role::Select { .. } | Role::Unselect | Role::Logout) => Ok(Role::Alone),
        _ => Ok(claimed),
    }
}

/// The first word in capitals, and what follows it.
fn first_word(octets: &[u8]) -> (String, &[u8]) {
    let octets = octets.trim_ascii_start();
    let length = octets.iter().position(|octet| !octet.is_ascii_alphanumeric()).unwrap_or(octets.len());
    let (word, arguments) = octets.split_at_checked(length).unwrap_or_default();
    (String::from_utf8_lossy(word).to_ascii_uppercase(), arguments)
}

/// The first argument, without what it is wrapped in.
fn first_argument(arguments: &[u8]) -> Bytes {
    let arguments = arguments.trim_ascii();
    let argument = match arguments {
        [b'"', quoted @ ..] => {
            let mut escaped = false;
            let end = quoted.iter().position(|octet| {
                let ends = *octet == b'"' && !escaped;
                escaped = *octet == b'\\' && !escaped;
                ends
            });
            return unescape(quoted.get(..end.unwrap_or(quoted.len())).unwrap_or_default()).into();
        }
        // A literal that need not be waited for.
        [b'{', ..] => arguments.splitn(2, |octet| *octet == b'\n').nth(1).unwrap_or(arguments),
        word => word.split(|octet| *octet == b' ').next().unwrap_or_default(),
    };
    Bytes::copy_from_slice(argument)
}

fn holds_literal(octets: &[u8]) -> bool {
    memchr::memmem::find(octets, b"}\r\n").is_some()
}
