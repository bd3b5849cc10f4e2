//! Login with tokens that expire.

use imaplib::ConnectOptions;

use super::{Client, maybe_async, provide, test};
use crate::support::start;

#[maybe_async]
#[test]
async fn a_token_that_has_expired_is_replaced_once() {
    for (missing, mechanism) in [("NONE", "OAUTHBEARER"), ("AUTH=OAUTHBEARER", "XOAUTH2")] {
        let (server, endpoint) = start(|builder| builder.without(missing).settings(|settings| settings.token("fresh")));
        let client = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
        client.login_with_tokens("alice", provide("old", "fresh")).await.unwrap().logout().await.unwrap();
        let logins = server.commands().iter().filter(|command| command.contains(mechanism)).count();
        assert_eq!(logins, 2, "{:?}", server.commands());

        let mut client = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
        let error = client.try_login_with_tokens("alice", provide("old", "older")).await.unwrap_err();
        assert!(error.is_authentication() && client.is_usable(), "{error}");
        assert!(!format!("{error:#?}").contains("older"), "{error:#?}");
        // The connection is still good for another one.
        client.try_login_with_tokens("alice", provide("fresh", "")).await.unwrap();
        client.into_session().await.unwrap().noop().await.unwrap();
    }
}

#[maybe_async]
#[test]
async fn a_provider_that_fails_and_a_server_without_tokens_are_told_apart() {
    let (_server, endpoint) = start(|builder| builder.settings(|settings| settings.token("fresh")));
    let client = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
    let error = client.login_with_tokens("alice", provide("old", "")).await.unwrap_err();
    assert!(error.is_caller_io() && error.to_string().contains("no token"), "{error}");
    assert!(error.io_error().is_some());
    let (_server, endpoint) = start(|builder| builder.without("AUTH=OAUTHBEARER").without("AUTH=XOAUTH2"));
    let client = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
    let error = client.login_with_tokens("alice", provide("old", "fresh")).await.unwrap_err();
    assert_eq!(error.missing_capability(), Some("AUTH=OAUTHBEARER"), "{error}");
}
