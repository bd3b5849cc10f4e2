//! Proxies that the tests bring themselves.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a proxy received, one entry for each of its answers.
pub type Received = Arc<Mutex<Vec<Vec<u8>>>>;

/// A proxy that sends these answers, each after something was received, and then passes everything on to the server. Returns its
/// port.
pub fn proxy(answers: &[&[u8]], server: SocketAddr) -> (u16, Received) {
    let (listener, received) = (TcpListener::bind("127.0.0.1:0").unwrap(), Received::default());
    let (port, log) = (listener.local_addr().unwrap().port(), Arc::clone(&received));
    let answers: Vec<Vec<u8>> = answers.iter().map(|answer| answer.to_vec()).collect();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answers, log) = (stream.unwrap(), answers.clone(), Arc::clone(&log));
            std::thread::spawn(move || {
                for answer in answers {
                    let mut buffer = [0; 2000];
                    let count = stream.read(&mut buffer).unwrap_or_default();
                    log.lock().unwrap().push(buffer[..count].to_vec());
                    let _ = stream.write_all(&answer);
                }
                pass_on(stream, server);
            });
        }
    });
    (port, received)
}

fn pass_on(client: TcpStream, server: SocketAddr) {
    let Ok(server) = TcpStream::connect(server) else { return };
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (mut from_server, mut to_client) = (server, client);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut from_server, &mut to_client);
}

/// A proxy that sends one byte again and again, or nothing at all.
pub fn endless(byte: Option<u8>, pause: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let start: &[u8] = if byte.is_some() { b"HTTP/1.1 200 OK\r\nX: " } else { b"" };
                let _ = stream.write_all(start);
                while byte.is_none_or(|byte| stream.write_all(&[byte]).is_ok()) {
                    std::thread::sleep(pause);
                }
            });
        }
    });
    port
}

/// An address of this machine, other than 127.0.0.1, that never answers at this port: its queue is full.
pub fn dead_address(port: u16) -> (std::net::IpAddr, Vec<socket2::Socket>) {
    use socket2::{Domain, Socket, Type};
    for address in ["::1", "127.0.0.2"] {
        let address: SocketAddr = (address.parse::<std::net::IpAddr>().unwrap(), port).into();
        let socket = || Socket::new(Domain::for_address(address), Type::STREAM, None);
        let Ok(listener) = socket() else { continue };
        if listener.bind(&address.into()).and_then(|()| listener.listen(0)).is_err() {
            continue;
        }
        let mut held = vec![listener];
        for _ in 0..3 {
            let filling = socket().unwrap();
            filling.set_nonblocking(true).unwrap();
            let _ = filling.connect(&address.into());
            held.push(filling);
        }
        std::thread::sleep(Duration::from_millis(50));
        return (address.ip(), held);
    }
    panic!("this machine has one address only");
}
