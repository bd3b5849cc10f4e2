//! A way to a server on loopback that takes time, or that ends while the server still works.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What is done to a connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// How long each byte is on its way, in one direction.
    pub delay: Duration,
    /// Before this many answers to APPEND have come back, the first connection ends; what the client has sent arrives at the server.
    pub first_ends_after: Option<usize>,
}

/// Listens on loopback; returns the port.
pub fn relay(to: SocketAddr, way: Way) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let (client, server) = (client.unwrap(), TcpStream::connect(to).unwrap());
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let most = way.first_ends_after.filter(|_| number == 0);
            let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            carry(from, into, way.delay, None);
            carry(server, client, way.delay, most);
        }
    });
    port
}

fn carry(mut from: TcpStream, mut into: TcpStream, delay: Duration, most: Option<usize>) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let source = from.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut block = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut block) {
            if sender.send((Instant::now() + delay, block[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        let mut left = most.unwrap_or(usize::MAX);
        for (at, bytes) in receiver {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let answers = bytes.windows(9).enumerate().filter(|(_, window)| *window == b"APPENDUID");
            let answers: Vec<usize> = answers.map(|(at, _)| at).collect();
            let end = left.checked_sub(1).and_then(|last| answers.get(last)).copied().unwrap_or(bytes.len());
            left = left.saturating_sub(answers.len());
            if into.write_all(&bytes[..end]).is_err() || end < bytes.len() {
                break;
            }
        }
        if most.is_some() {
            // The server finishes what it has received.
            std::thread::sleep(Duration::from_millis(100));
            let _ = source.shutdown(Shutdown::Both);
        }
        let _ = into.shutdown(Shutdown::Both);
    });
}
