//! COMPRESS=DEFLATE.

use imaplib_proto::client::{BadArgument, StartCompression};

use super::{Session, maybe_async};
use crate::Result;
use crate::deflate::Deflate;
use crate::exclusive::Exclusive;
use crate::layer::Layered;

#[maybe_async]
impl Session {
    /// Compresses both directions from now on: COMPRESS=DEFLATE (RFC 4978). It helps on slow networks, and for much
    /// text; on fast ones it costs more than it saves. If the call is dropped, the connection is over.
    ///
    /// # Errors
    /// If the server does not offer it ([`Error::is_unsupported`](crate::Error::is_unsupported)), commands that were started are not finished
    /// ([`Error::is_bad_argument`](crate::Error::is_bad_argument)), the server refuses, or the connection fails.
    pub async fn compress(&mut self) -> Result<()> {
        let connection = &mut self.connection;
        let received = connection.drive(StartCompression::new()).await?;
        let stream = connection.stream.take().ok_or(BadArgument::Closed)?.into_inner();
        let layer = Deflate::new(&received, connection.engine.limits());
        connection.stream = Some(Exclusive::new(Box::new(Layered { stream, layer })));
        connection.compressed = true;
        Ok(())
    }
}
