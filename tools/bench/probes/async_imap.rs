use std::sync::Arc;

use futures_util::TryStreamExt as _;
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

async fn list() -> Result<(), Box<dyn std::error::Error>> {
    let stream = tokio::net::TcpStream::connect(("imap.example.org", 993)).await?;
    let connector = TlsConnector::from(Arc::new(ClientConfig::with_platform_verifier()?));
    let stream = connector.connect("imap.example.org".try_into()?, stream).await?;
    let mut client = async_imap::Client::new(stream);
    client.read_response().await?;
    let mut session = client.login("ann", "secret").await.map_err(|(error, _)| error)?;
    let names: Vec<_> = session.list(None, Some("*")).await?.try_collect().await?;
    for name in names {
        println!("{}", name.name());
    }
    session.logout().await?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(list())
}
