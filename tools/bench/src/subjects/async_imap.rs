//! The crate async-imap, on tokio.

use std::fmt::Debug;
use std::pin::pin;

use futures_util::{Stream, StreamExt as _};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Meter, Task};
use crate::outcome::Outcome;
use crate::replay::trusting;
use crate::scenario::Operation;

pub(super) fn run(task: &Task) -> Outcome<u64> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let stream = TcpStream::connect(("127.0.0.1", task.port)).await?;
        match &task.trust {
            None => talk(stream, task).await,
            Some(file) => {
                let connector = TlsConnector::from(trusting(file.as_ref())?);
                talk(connector.connect(ServerName::try_from("localhost")?, stream).await?, task).await
            }
        }
    })
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + Debug + Send, task: &Task) -> Outcome<u64> {
    let mut client = async_imap::Client::new(stream);
    client.read_response().await?.ok_or("no greeting")?;
    let mut session = client.login("demo", "demo").await.map_err(|(error, _)| error)?;
    session.select("INBOX").await?;
    let operation = task.operation;
    let meter = Meter::start();
    let count = match operation {
        Operation::Nothing => task.expected,
        Operation::Search => session.uid_search("ALL").await?.len() as u64,
        Operation::List => sum(session.list(None, Some("*")).await?, |_| 1).await?,
        _ => {
            let rows = session.uid_fetch("1:*", operation.items()).await?;
            let seen = |row: async_imap::types::Fetch| match operation {
                Operation::Envelopes => u64::from(row.envelope().is_some()),
                Operation::Structures => u64::from(row.bodystructure().is_some()),
                Operation::Bodies | Operation::Body => row.body().map_or(0, |body| body.len() as u64),
                _ => u64::from(row.uid.is_some()),
            };
            sum(rows, seen).await?
        }
    };
    meter.end();
    Ok(count)
}

async fn sum<T>(
    stream: impl Stream<Item = async_imap::error::Result<T>>,
    value: impl Fn(T) -> u64,
) -> async_imap::error::Result<u64> {
    let mut stream = pin!(stream);
    let mut total = 0;
    while let Some(item) = stream.next().await {
        total += value(item?);
    }
    Ok(total)
}
