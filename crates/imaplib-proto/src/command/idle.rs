//! IDLE: waits for news.

use super::{Command, Conduct, Continue, Dialog, Effect, Incomplete};
use crate::types::{ImapString, StatusResponse};
use crate::wire::Encoder;

/// IDLE (RFC 9051, section 6.3.13). It ends when the caller has the engine send DONE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Idle;

impl Command for Idle {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("IDLE");
    }

    fn conduct(&self) -> Conduct {
        Conduct::with_effect(Effect::Idles)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }

    fn dialog(&mut self) -> Option<&mut dyn Dialog> {
        Some(self)
    }
}

impl Dialog for Idle {
    fn on_continuation(&mut self, _text: &ImapString) -> Continue {
        Continue::Ready
    }
}
