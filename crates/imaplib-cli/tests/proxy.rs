//! The way through a proxy: from the option, the configuration and the environment.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use support::{PASSWORD, Run, command, finish, server};

/// A SOCKS5 proxy that requires this login, if any, and leads everywhere to one server. Returns its port, and what was requested
/// of it.
fn socks5(login: Option<(&'static str, &'static str)>, server: SocketAddr) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, (sender, requests)) = (listener.local_addr().unwrap().port(), channel());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, sender) = (stream.unwrap(), sender.clone());
            std::thread::spawn(move || -> std::io::Result<()> {
                let next = |stream: &mut TcpStream| {
                    let mut buffer = [0; 600];
                    let count = stream.read(&mut buffer)?;
                    std::io::Result::Ok(buffer[..count].to_vec())
                };
                let methods = next(&mut stream)?;
                if let Some((user, password)) = login {
                    if !methods.ends_with(&[2]) {
                        return stream.write_all(b"\x05\xff");
                    }
                    stream.write_all(b"\x05\x02")?;
                    let sent = next(&mut stream)?;
                    let expected = [
                        &[1, u8::try_from(user.len()).unwrap()],
                        user.as_bytes(),
                        &[u8::try_from(password.len()).unwrap()],
                        password.as_bytes(),
                    ];
                    let is_right = sent == expected.concat();
                    stream.write_all(&[1, u8::from(!is_right)])?;
                    if !is_right {
                        return Ok(());
                    }
                } else {
                    stream.write_all(b"\x05\x00")?;
                }
                let request = next(&mut stream)?;
                sender.send(String::from_utf8_lossy(&request[5..request.len() - 2]).into_owned()).unwrap();
                stream.write_all(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")?;
                let server = TcpStream::connect(server)?;
                let (mut up, mut down) = (stream.try_clone()?, server.try_clone()?);
                std::thread::spawn(move || std::io::copy(&mut up, &mut down));
                let (mut up, mut down) = (server, stream);
                std::io::copy(&mut up, &mut down).map(drop)
            });
        }
    });
    (port, requests)
}

/// Lists the folders of an account that nobody can look up.
fn folders(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut run = command(&[&["folders", "imap+insecure://alice@imap.invalid"], arguments].concat());
    finish(run.env("IMAP_PASSWORD", PASSWORD).envs(variables.iter().copied()), b"")
}

#[test]
fn a_proxy_comes_from_the_option_the_configuration_or_the_environment() {
    let (server, _account, _address) = server();
    let (port, requests) = socks5(None, server.plain_addr());
    let url = format!("socks5://127.0.0.1:{port}");
    folders(&["--proxy", &url], &[]).ok();
    folders(&[], &[("ALL_PROXY", &url)]).ok();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let text = format!("[accounts.work]\nurl = 'imap+insecure://alice@imap.invalid'\nproxy = '{url}'\n");
    std::fs::write(&config, text).unwrap();
    let mut run = command(&["--config", config.to_str().unwrap(), "folders", "work"]);
    // The configuration comes before the environment.
    finish(run.env("IMAP_PASSWORD", PASSWORD).env("ALL_PROXY", "socks5://127.0.0.1:1"), b"").ok();
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["imap.invalid"; 3]);
    // Without it nobody finds the host.
    for (arguments, variables) in [
        (&["--proxy", "none"][..], &[("ALL_PROXY", url.as_str())][..]),
        (&[], &[("ALL_PROXY", url.as_str()), ("NO_PROXY", ".invalid")]),
    ] {
        let run = folders(arguments, variables);
        assert!(run.code == 69 && run.stderr.contains("imap.invalid"), "{run:?}");
    }
    assert_eq!(requests.try_iter().count(), 0);
}

#[test]
fn the_password_of_a_proxy_comes_from_the_environment_alone_and_is_not_shown() {
    let (server, _account, _address) = server();
    let (port, requests) = socks5(Some(("paul", "hunter2")), server.plain_addr());
    let right = format!("socks5://paul:hunter2@127.0.0.1:{port}");
    folders(&[], &[("all_proxy", &right)]).ok();
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["imap.invalid"]);
    let wrong = format!("socks5://paul:hunter3@127.0.0.1:{port}");
    for (run, code, hint) in [
        (folders(&[], &[("ALL_PROXY", &wrong)]), 69, "ALL_PROXY="),
        (folders(&["--proxy", &format!("socks5://127.0.0.1:{port}")], &[]), 69, "ALL_PROXY="),
        (folders(&["--proxy", &right], &[]), 2, "ALL_PROXY"),
        (folders(&[], &[("ALL_PROXY", "quic://paul:hunter2@h")]), 78, "--proxy none"),
        (folders(&["--proxy", "http://127.0.0.1:1"], &[]), 69, "network"),
    ] {
        assert!(run.code == code && run.stderr.contains(hint), "{code} {hint}: {run:?}");
        assert!(!run.stderr.contains("hunter"), "{run:?}");
    }
    // A proxy is not for what is not reached over TCP.
    let run = finish(&mut command(&["folders", "demo:", "--proxy", "socks5://h"]), b"");
    assert_eq!(run.code, 2, "{run:?}");
}
