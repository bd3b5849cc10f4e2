//! Proxies on the way to the server, and addresses that are dead.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use imaplib::{ConnectOptions, Endpoint, Proxy, ProxyFailure, TimeoutPhase};

use super::{Client, maybe_async, open_stream, test};
use crate::proxies::{dead_address, endless, proxy};
use crate::support::{quick, scripted, start};

/// No login, and the server is reached.
const OPEN: [&[u8]; 2] = [b"\x05\x00", b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"];
const WITH_LOGIN: [&[u8]; 3] = [b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"];
const CONNECTED: [&[u8]; 1] = [b"HTTP/1.1 200 Connection established\r\nProxy-Agent: test\r\n\r\n"];

#[maybe_async]
#[test]
async fn the_server_is_reached_and_its_name_is_for_the_proxy_to_find() {
    let (server, _) = start(|builder| builder);
    // Nobody can look this up.
    let endpoint = Endpoint::insecure("imap.invalid", 143);
    for kind in ["socks5", "socks5 with login", "http", "http with login"] {
        let (port, received) = match kind {
            "socks5" => proxy(&OPEN, server.plain_addr()),
            "socks5 with login" => proxy(&WITH_LOGIN, server.plain_addr()),
            _ => proxy(&CONNECTED, server.plain_addr()),
        };
        let through = match kind.starts_with("socks5") {
            true => Proxy::socks5("127.0.0.1", port),
            false => Proxy::http("127.0.0.1", port),
        };
        let through = if kind.ends_with("login") { through.login("paul", "geheim") } else { through };
        let client = Client::connect_with(&endpoint, &ConnectOptions::new().proxy(through)).await.unwrap();
        client.login("alice", "secret").await.unwrap().logout().await.unwrap();
        let received = received.lock().unwrap().concat();
        let shown = received.escape_ascii().to_string();
        assert!(shown.contains("imap.invalid"), "{kind}: {shown}");
        assert_eq!(shown.contains("geheim") || shown.contains("cGF1bDpnZWhlaW0="), kind.ends_with("login"), "{kind}");
    }
}

#[maybe_async]
#[test]
async fn tls_is_with_the_server_and_not_with_the_proxy() {
    let (server, _) = start(|builder| builder);
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, server.ca_pem()).unwrap();
    for (endpoint, address) in [
        (Endpoint::tls("localhost", 993), server.tls_addr()),
        (Endpoint::starttls("localhost", 143), server.plain_addr()),
    ] {
        let (port, _) = proxy(&OPEN, address);
        let options = ConnectOptions::new().ca_file(&ca).proxy(Proxy::socks5("127.0.0.1", port));
        let client = Client::connect_with(&endpoint, &options).await.unwrap();
        assert!(client.tls().is_some());
        client.login("alice", "secret").await.unwrap().logout().await.unwrap();
        // A stream of the caller's leads to the proxy.
        let stream = open_stream(([127, 0, 0, 1], port).into()).await;
        let client = Client::connect_over(stream, &endpoint, &options).await.unwrap();
        assert!(client.tls().is_some());
        client.login("alice", "secret").await.unwrap().logout().await.unwrap();
    }
}

#[maybe_async]
#[test]
async fn a_refusal_is_typed_and_repeats_no_password() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let socks = |port| Proxy::socks5("127.0.0.1", port).login("paul", "geheim");
    let http = |port| Proxy::http("127.0.0.1", port).login("paul", "geheim");
    let refused: [&[u8]; 1] = [b"HTTP/1.1 407 geheim is wrong\r\nX: geheim\r\n\r\n"];
    let (_, imap) = scripted(|send| send("* OK this is no proxy\r\n"));
    for (through, failure) in [
        (socks(proxy(&[b"\x05\xff"], nowhere).0), ProxyFailure::LoginRequired),
        (socks(proxy(&[b"\x05\x02", b"\x01\x01"], nowhere).0), ProxyFailure::LoginRefused),
        (
            socks(proxy(&[b"\x05\x00", b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"], nowhere).0),
            ProxyFailure::ConnectionRefused,
        ),
        (socks(proxy(&[b"\x05"], nowhere).0), ProxyFailure::Closed),
        (socks(imap.port().unwrap()), ProxyFailure::NotAProxy),
        (http(proxy(&refused, nowhere).0), ProxyFailure::LoginRefused),
        (http(proxy(&[b"HTTP/1.1 502 Bad gateway\r\n\r\n"], nowhere).0), ProxyFailure::HostUnreachable),
        (http(endless(Some(b'x'), Duration::ZERO)), ProxyFailure::HeaderTooLong),
    ] {
        let options = ConnectOptions::new().proxy(through);
        let error = Client::connect_with(&Endpoint::tls("imap.invalid", 993), &options).await.unwrap_err();
        assert_eq!(error.proxy_failure(), Some(failure), "{error}");
        assert!(error.is_unreachable() && !error.is_authentication(), "{error}");
        assert!(!format!("{error} {error:#?} {options:?}").contains("geheim"), "{error:#?}");
    }
    // Nobody listens there.
    let options = quick().proxy(Proxy::socks5("127.0.0.1", 1));
    let error = Client::connect_with(&Endpoint::tls("imap.invalid", 993), &options).await.unwrap_err();
    assert!(error.is_unreachable() && error.to_string().contains("127.0.0.1 port 1"), "{error}");
}

/// Neither silence nor a byte now and then holds the caller.
#[maybe_async]
#[test]
async fn a_proxy_that_does_not_answer_is_given_up() {
    for byte in [None, Some(b'x')] {
        let port = endless(byte, Duration::from_millis(30));
        for through in [Proxy::socks5("127.0.0.1", port), Proxy::http("127.0.0.1", port)] {
            let began = Instant::now();
            let options = quick().proxy(through.clone());
            let error = Client::connect_with(&Endpoint::tls("imap.invalid", 993), &options).await.unwrap_err();
            let is_typed = error.timeout_phase() == Some(TimeoutPhase::Proxy) || error.proxy_failure().is_some();
            assert!(is_typed && began.elapsed() < Duration::from_secs(3), "{through} {error}");
        }
    }
}

#[maybe_async]
#[test]
async fn a_dead_address_costs_less_than_400_milliseconds() {
    let (server, endpoint) = start(|builder| builder);
    let (dead, _held) = dead_address(server.plain_addr().port());
    let alive = server.plain_addr().ip();
    let options = ConnectOptions::new().addresses([dead, alive]);
    let began = Instant::now();
    let client = Client::connect_with(&endpoint, &options).await.unwrap();
    let took = began.elapsed();
    client.logout().await.unwrap();
    assert!((200..400).contains(&took.as_millis()), "{took:?}");
    println!("{dead} is dead: {took:?}");
    // One that is alone is given up at its limit.
    let began = Instant::now();
    let error = Client::connect_with(&endpoint, &quick().addresses([dead])).await.unwrap_err();
    assert!(error.is_unreachable() && began.elapsed() < Duration::from_secs(2), "{error}");
    // One that refuses costs nothing.
    let began = Instant::now();
    let refusing = "127.0.0.3".parse().unwrap();
    Client::connect_with(&endpoint, &ConnectOptions::new().addresses([refusing, alive])).await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
}

/// Proxies that nobody here wrote, with and without a login.
#[maybe_async]
#[test]
async fn real_proxies_lead_to_the_server() {
    let (_server, endpoint) = start(|builder| builder);
    for login in [None, Some(("paul", "hunter2"))] {
        let socks5 = realservers::Proxy::microsocks(login).unwrap();
        let http = realservers::Proxy::tinyproxy(login).unwrap();
        let all = [
            socks5.as_ref().map(|proxy| Proxy::socks5("127.0.0.1", proxy.port)),
            http.as_ref().map(|proxy| Proxy::http("127.0.0.1", proxy.port)),
        ];
        for through in all.into_iter().flatten() {
            let logged_in = match login {
                Some((user, password)) => through.clone().login(user, password),
                None => through.clone(),
            };
            let client = Client::connect_with(&endpoint, &ConnectOptions::new().proxy(logged_in)).await.unwrap();
            client.login("alice", "secret").await.unwrap().logout().await.unwrap();
            let wrong = through.login("paul", "hunter3");
            let result = Client::connect_with(&endpoint, &quick().proxy(wrong.clone())).await;
            match login {
                Some(_) => assert!(result.unwrap_err().proxy_failure().is_some(), "{wrong}"),
                // Without a login nobody looks at it.
                None => assert!(result.is_ok(), "{wrong}"),
            }
        }
    }
}
