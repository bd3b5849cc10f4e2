//! Speaks IMAP with a child process, such as a server on another machine over ssh (blocking):
//!
//! ```sh
//! cargo run --example tunnel ssh mail.example.org /usr/lib/dovecot/imap
//! ```
//!
//! Such a server mostly knows the user already; else IMAP_USER and IMAP_PASSWORD say who it is. No shell reads the
//! command, and what the child writes to its standard error is seen as it is.

use imaplib::blocking::Client;
use imaplib::{ConnectOptions, Endpoint};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let command: Vec<String> = std::env::args().skip(1).collect();
    if command.is_empty() {
        return Err("usage: tunnel COMMAND [ARGUMENT]…".into());
    }
    let client = Client::connect_with(&Endpoint::tunnel(command), &ConnectOptions::new())?;
    let mut session = if client.is_preauthenticated() {
        println!("the server knows the user");
        client.into_session()?
    } else {
        let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
        client.login(&variable("IMAP_USER")?, &variable("IMAP_PASSWORD")?)?
    };
    for listing in session.list("%")? {
        println!("{}", listing.name.to_text().replace(char::is_control, "?"));
    }
    // The child ends with the connection.
    session.logout()?;
    Ok(())
}
