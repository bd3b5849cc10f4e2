fn main() -> imaplib::Result<()> {
    let client = imaplib::blocking::Client::connect("imaps://imap.example.org")?;
    let mut session = client.login("ann", "secret")?;
    for listing in session.list("*")? {
        println!("{}", listing.name);
    }
    session.logout()
}
