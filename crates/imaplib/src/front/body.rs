//! A text of a message, as it arrives.

use bytes::{Bytes, BytesMut};
use imaplib_proto::client::{self, BadArgument};
use imaplib_proto::engine::Step;
use imaplib_proto::types::SectionName;

use super::{Connection, Target, maybe_async, write_all};
use crate::{Error, Result};

/// A text of a message, in constant memory however long it is, and whatever form the server sent it in.
pub struct Body<'b> {
    pub(crate) connection: &'b mut Connection,
    pub(crate) name: SectionName,
    pub(crate) origin: Option<u64>,
    pub(crate) length: Option<u64>,
    /// Bytes that have arrived already.
    pub(crate) here: Option<Bytes>,
    /// How many are to come.
    pub(crate) coming: u64,
    /// Whether a call received a part of the text and has not ended.
    pub(crate) taking: bool,
}

#[maybe_async]
impl Body<'_> {
    /// Which text it is.
    #[must_use]
    pub fn name(&self) -> &SectionName {
        &self.name
    }

    /// Where the text begins in the whole, if a part of it was asked for: bytes from 0.
    #[must_use]
    pub fn origin(&self) -> Option<u64> {
        self.origin
    }

    /// How many bytes it has; `None` if there is no such text (NIL).
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next bytes, or nothing at the end.
    ///
    /// # Errors
    /// If the connection fails before the end: a text is never cut short without an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.is_whole()?;
        self.next_chunk().await
    }

    /// Fails if a call received a part of the text and was dropped before its end.
    pub(crate) fn is_whole(&self) -> Result<()> {
        match self.taking {
            true => Err(BadArgument::TextTaken.into()),
            false => Ok(()),
        }
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            if let Some(here) = self.here.as_mut().filter(|here| !here.is_empty()) {
                return Ok(Some(std::mem::take(here)));
            }
            if self.coming == 0 {
                return Ok(None);
            }
            let step = self.connection.step().await?;
            self.receive(step)?;
        }
    }

    /// The whole text, or what is left of it.
    ///
    /// # Errors
    /// If it is longer than `limit` bytes ([`Error::is_limit`]), the connection fails, or a call before this one
    /// took a part of the text and was dropped.
    pub async fn to_bytes(&mut self, limit: u64) -> Result<Bytes> {
        let length = self.length.unwrap_or_default();
        if length > limit {
            return Err(client::Error::text_too_long(length, limit).into());
        }
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        if self.coming == 0 {
            return Ok(first);
        }
        self.taking = true;
        let mut bytes = BytesMut::from(&first[..]);
        while let Some(chunk) = self.next_chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        self.taking = false;
        Ok(bytes.freeze())
    }

    pub(crate) fn receive(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Chunk(bytes) => {
                self.coming = self.coming.saturating_sub(bytes.len() as u64);
                self.here = Some(bytes);
                Ok(())
            }
            Step::Row(_) | Step::Finished(_) => Err(BadArgument::TextGone.into()),
            _ => Ok(()),
        }
    }

    /// Copies the whole text to `target`, and returns how many bytes it was.
    ///
    /// # Errors
    /// If the connection fails or the target cannot be written to.
    pub async fn copy_to(&mut self, target: &mut (impl Target + ?Sized)) -> Result<u64> {
        self.is_whole()?;
        self.taking = true;
        let mut count = 0;
        while let Some(chunk) = self.next_chunk().await? {
            write_all(target, &chunk).await.map_err(Error::target)?;
            count += chunk.len() as u64;
        }
        self.taking = false;
        Ok(count)
    }
}
