//! COMPRESS=DEFLATE.

use imaplib_proto::client::BadArgument;
use imaplib_proto::command;
use imaplib_proto::types::Capability;

use super::{Connection, Session, maybe_async};
use crate::deflate::Deflated;
use crate::exclusive::Exclusive;
use crate::{Error, Result};

#[maybe_async]
impl Session {
    /// Compresses both directions from now on: COMPRESS=DEFLATE (RFC 4978). It helps on slow networks, and for much
    /// text; on fast ones it costs more than it saves. If the call is dropped, the connection is over.
    ///
    /// # Errors
    /// If the server does not offer it ([`Error::is_unsupported`]), commands that were started are not finished
    /// ([`Error::is_bad_argument`]), the server refuses, or the connection fails.
    pub async fn compress(&mut self) -> Result<()> {
        if !self.capabilities().has(Capability::CompressDeflate) {
            return Err(Error::not_offered(Capability::CompressDeflate));
        }
        self.connection.give_up_current();
        if self.connection.engine.has_started() {
            return Err(BadArgument::Unfinished.into());
        }
        self.connection.run(command::Compress).await?;
        self.connection.compress()
    }
}

impl Connection {
    /// Compresses what goes over the stream from now on.
    fn compress(&mut self) -> Result<()> {
        let stream = self.stream.take().ok_or(BadArgument::Closed)?.into_inner();
        let received = self.engine.compression_started();
        let stream = Deflated::new(stream, &received, self.engine.limits());
        self.stream = Some(Exclusive::new(Box::new(stream)));
        self.compressed = true;
        Ok(())
    }
}
