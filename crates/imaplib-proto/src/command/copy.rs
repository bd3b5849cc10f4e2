//! COPY and MOVE.

use super::{Command, Conduct, Incomplete, MessageSet, Tag};
use crate::types::{CopyUid, MailboxName, ResponseCode, StatusKind, StatusResponse, Untagged};
use crate::wire::Encoder;

macro_rules! copy_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                messages: MessageSet,
                target: MailboxName,
                copied: Option<CopyUid>,
            }

            impl $name {
                /// From the selected mailbox into `target`.
                #[must_use]
                pub fn new(messages: impl Into<MessageSet>, target: MailboxName) -> Self {
                    Self { messages: messages.into(), target, copied: None }
                }

                /// What was reported before the command ended.
                pub(crate) fn reported(&self) -> Option<&CopyUid> {
                    self.copied.as_ref()
                }
            }

            impl Command for $name {
                /// Where the messages are now, if the server has UIDPLUS and reports it.
                type Output = Option<CopyUid>;

                fn encode(&self, encoder: &mut Encoder) {
                    self.messages.encode(encoder, concat!($word, " "));
                    encoder.space().mailbox(&self.target);
                }

                fn conduct(&self) -> Conduct {
                    match self.messages {
                        MessageSet::Uids(_) | MessageSet::SavedSearch => Conduct::new(),
                        MessageSet::Seqs(_) => Conduct::new().by_sequence_expunging(),
                    }
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
                    match response {
                        // MOVE tells before it expunges.
                        Untagged::Status(StatusResponse {
                            kind: StatusKind::Ok,
                            code: Some(ResponseCode::CopyUid(copied)),
                            ..
                        }) if self.copied.is_none() => {
                            self.copied = Some(copied);
                            None
                        }
                        other => Some(other),
                    }
                }

                fn finish(self, completion: &StatusResponse) -> Result<Option<CopyUid>, Incomplete> {
                    Ok(match &completion.code {
                        Some(ResponseCode::CopyUid(copied)) => Some(copied.clone()),
                        _ => self.copied,
                    })
                }
            }
        )*
    };
}

copy_commands! {
    /// COPY: copies messages into another mailbox (RFC 9051, section 6.4.7).
    Copy = "COPY";
    /// MOVE: moves messages into another mailbox (RFC 9051, section 6.4.8).
    Move = "MOVE";
}
