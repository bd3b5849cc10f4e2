use imaplib::any_runtime::{Client, WithTimer};
use imaplib::{ConnectOptions, Endpoint};

async fn list() -> Result<(), Box<dyn std::error::Error>> {
    let stream = smol::net::TcpStream::connect(("imap.example.org", 993)).await?;
    let stream = WithTimer::new(stream, smol::Timer::at);
    let endpoint = Endpoint::tls("imap.example.org", 993);
    let client = Client::connect_over(stream, &endpoint, &ConnectOptions::new()).await?;
    let mut session = client.login("ann", "secret").await?;
    for listing in session.list("*").await? {
        println!("{}", listing.name);
    }
    Ok(session.logout().await?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    smol::block_on(list())
}
