//! A text of a message as a stream of bytes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::Body;

impl AsyncRead for Body<'_> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let body = self.get_mut();
        body.is_whole().map_err(std::io::Error::from)?;
        loop {
            if let Some(here) = body.here.as_mut().filter(|here| !here.is_empty()) {
                let count = here.len().min(buffer.remaining());
                buffer.put_slice(&here.split_to(count));
                return Poll::Ready(Ok(()));
            }
            if body.coming == 0 {
                return Poll::Ready(Ok(()));
            }
            let step = ready!(body.connection.poll_step(cx)).map_err(std::io::Error::from)?;
            body.receive(step).map_err(std::io::Error::from)?;
        }
    }
}
