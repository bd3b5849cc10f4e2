fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = imap::ClientBuilder::new("imap.example.org", 993).connect()?;
    let mut session = client.login("ann", "secret").map_err(|(error, _)| error)?;
    for name in session.list(None, Some("*"))?.iter() {
        println!("{}", name.name());
    }
    session.logout()?;
    Ok(())
}
