//! Logs in with an OAuth 2 access token, by OAUTHBEARER or, where the server has only that, by XOAUTH2 (blocking):
//!
//! ```sh
//! IMAP_TOKEN=… cargo run --example oauth imaps://user@imap.example.org
//! ```
//!
//! How to get a token is the provider's affair; it is usually valid for an hour, for new logins only.

use imaplib::blocking::Client;
use imaplib::sasl::{OAuthBearer, XOAuth2};
use imaplib::types::StatusItem;
use imaplib::{ConnectOptions, Endpoint};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint: Endpoint = std::env::args().nth(1).ok_or("usage: oauth ADDRESS")?.parse()?;
    let user = endpoint.user().ok_or("the address names no user")?;
    let token = std::env::var("IMAP_TOKEN").map_err(|_| "IMAP_TOKEN is not set")?;
    if !endpoint.is_private() && endpoint.host() != Some("127.0.0.1") {
        return Err("a token is as good as a password: it is not sent in clear text".into());
    }

    let client = Client::connect_with(&endpoint, &ConnectOptions::new())?;
    let result = if client.capabilities().has_auth("OAUTHBEARER") {
        let mut bearer = OAuthBearer::new(user, token);
        if let (Some(host), Some(port)) = (endpoint.host(), endpoint.port()) {
            bearer = bearer.for_host(host, port);
        }
        client.authenticate(bearer)
    } else if client.capabilities().has_auth("XOAUTH2") {
        client.authenticate(XOAuth2::new(user, token))
    } else {
        return Err("the server takes no tokens".into());
    };
    let mut session = match result {
        Err(error) if error.is_authentication() => {
            return Err(format!("{error}: the token may have expired, or not be meant for mail").into());
        }
        result => result?,
    };
    let status = session.status("INBOX", &[StatusItem::Messages])?;
    println!("logged in as {user}: {} messages in INBOX", status.messages.unwrap_or_default());
    session.logout()?;
    Ok(())
}
