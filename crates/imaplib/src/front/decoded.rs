//! A text of a message without its transfer encoding, as it arrives.

use std::io::Write;

use bytes::Bytes;
use imaplib_proto::client;
use imaplib_proto::mime::transfer_encoding::{Decoder, Encoding, Outcome};

use super::{Body, Target, maybe_async, write_all};
use crate::{Error, Result};

/// A text of a message, decoded in constant memory however long it is: made by [`Body::decoded`].
pub struct Decoded<'b> {
    body: Body<'b>,
    /// It writes into memory, a block at a time.
    decoder: Option<Decoder<Vec<u8>>>,
    outcome: Option<Outcome>,
}

impl<'b> Body<'b> {
    /// The text without this transfer encoding (RFC 2045, section 6). The encoding of a part is in its structure
    /// ([`SinglePart::transfer_encoding`](crate::types::SinglePart::transfer_encoding)).
    ///
    /// Whether the text really was in that encoding is known at its end: [`Decoded::outcome`].
    #[must_use]
    pub fn decoded(self, encoding: Encoding) -> Decoded<'b> {
        Decoded { body: self, decoder: Some(Decoder::new(Vec::new(), encoding)), outcome: None }
    }
}

#[maybe_async]
impl Decoded<'_> {
    /// The next decoded bytes, or nothing at the end.
    ///
    /// # Errors
    /// If the connection fails before the end, or a call took a part of the text and was dropped.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.body.is_whole()?;
        self.next_chunk().await
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        while let Some(decoder) = &mut self.decoder {
            let Some(chunk) = self.body.next_chunk().await? else {
                let Some(decoder) = self.decoder.take() else { break };
                let (rest, outcome) = decoder.finish_into().map_err(Error::target)?;
                self.outcome = Some(outcome);
                return Ok((!rest.is_empty()).then(|| rest.into()));
            };
            decoder.write_all(&chunk).map_err(Error::target)?;
            let block = std::mem::take(decoder.get_mut());
            if !block.is_empty() {
                return Ok(Some(block.into()));
            }
        }
        Ok(None)
    }

    /// The whole text, decoded, or what is left of it.
    ///
    /// # Errors
    /// If it is longer than `limit` bytes ([`Error::is_limit`]), the connection fails, or a call before this one
    /// took a part of the text and was dropped or failed.
    pub async fn to_bytes(&mut self, limit: u64) -> Result<Vec<u8>> {
        self.body.is_whole()?;
        self.body.taking = true;
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next_chunk().await? {
            let length = (bytes.len() + chunk.len()) as u64;
            if length > limit {
                return Err(client::Error::text_too_long(length, limit).into());
            }
            bytes.extend_from_slice(&chunk);
        }
        self.body.taking = false;
        Ok(bytes)
    }

    /// Copies the whole text to `target`, decoded, and returns how many bytes it was.
    ///
    /// # Errors
    /// If the connection fails, the target cannot be written to, or a call before this one took a part of the text and
    /// was dropped or failed.
    pub async fn copy_to(&mut self, target: &mut (impl Target + ?Sized)) -> Result<u64> {
        self.body.is_whole()?;
        self.body.taking = true;
        let mut count = 0;
        while let Some(chunk) = self.next_chunk().await? {
            write_all(target, &chunk).await.map_err(Error::target)?;
            count += chunk.len() as u64;
        }
        self.body.taking = false;
        Ok(count)
    }

    /// What became of the text; `None` before its end. Text that is [not encoded](Outcome::NotEncoded) after all was
    /// damaged by decoding: fetch it again, and take it as it is.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }
}
