//! IDLE: waits for news.

use super::{Command, Continue, Incomplete, Role};
use crate::types::{ImapString, StatusResponse};
use crate::wire::Encoder;

/// IDLE (RFC 9051, section 6.3.13). It ends when the engine is told to send DONE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Idle;

impl Command for Idle {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("IDLE");
    }

    fn role(&self) -> Role {
        Role::Idle
    }

    fn on_continuation(&mut self, _text: &ImapString) -> Continue {
        Continue::Ready
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}
