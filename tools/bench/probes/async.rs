async fn list() -> imaplib::Result<()> {
    let client = imaplib::Client::connect("imaps://imap.example.org").await?;
    let mut session = client.login("ann", "secret").await?;
    for listing in session.list("*").await? {
        println!("{}", listing.name);
    }
    session.logout().await
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(list())?)
}
