//! A proxy that cuts a connection after so many bytes, and turns all later ones away.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Which way the bytes go that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Down,
    Up,
}

/// It listens until it is dropped.
pub struct Proxy {
    pub port: u16,
    /// How many bytes went down and up on the first connection.
    pub counts: Arc<[AtomicU64; 2]>,
    open: Arc<Mutex<bool>>,
}

impl Proxy {
    pub fn start(server: u16, cut: Option<(Way, u64)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts: Arc<[AtomicU64; 2]> = Arc::default();
        let open = Arc::new(Mutex::new(true));
        let (counted, listening) = (Arc::clone(&counts), Arc::clone(&open));
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let Ok(client) = client else { return };
                if !*listening.lock().unwrap() {
                    return;
                }
                match number {
                    0 => join(client, server, cut, &counted),
                    _ => drop(thread::spawn(move || turn_away(client))),
                }
            }
        });
        Self { port, counts, open }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        *self.open.lock().unwrap() = false;
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn join(client: TcpStream, server: u16, cut: Option<(Way, u64)>, counts: &Arc<[AtomicU64; 2]>) {
    let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
    for (way, from, to) in [(Way::Down, &server, &client), (Way::Up, &client, &server)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let (ends, counts) = ([client.try_clone().unwrap(), server.try_clone().unwrap()], Arc::clone(counts));
        let mut left = cut.filter(|(cut, _)| *cut == way).map_or(u64::MAX, |(_, after)| after);
        thread::spawn(move || {
            let mut block = [0; 16 << 10];
            while left > 0 {
                let most = usize::try_from(left).unwrap_or(block.len()).min(block.len());
                let Ok(count @ 1..) = from.read(&mut block[..most]) else { break };
                if to.write_all(&block[..count]).is_err() {
                    break;
                }
                left -= count as u64;
                counts[usize::from(way == Way::Up)].fetch_add(count as u64, Ordering::SeqCst);
            }
            ends.iter().for_each(|end| drop(end.shutdown(Shutdown::Both)));
        });
    }
}

/// As a server that is there and takes nobody in.
fn turn_away(client: TcpStream) {
    let mut reader = BufReader::new(client);
    let _ = reader.get_mut().write_all(b"* OK [CAPABILITY IMAP4rev1] not now\r\n");
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
        let tag = line.split(' ').next().unwrap_or_default().to_owned();
        let _ = reader.get_mut().write_all(format!("{tag} NO [AUTHENTICATIONFAILED] not now\r\n").as_bytes());
        line.clear();
    }
}
