//! A long way to a server: everything arrives later, in both directions.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Listens on loopback and passes all bytes on, half a round trip later. It has no limit of rate.
pub(super) fn start(server: u16, round_trip: Duration) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let _ = join(client, server, round_trip / 2);
        }
    });
    Ok(port)
}

fn join(client: TcpStream, server: u16, delay: Duration) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server))?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    one_way(client.try_clone()?, server.try_clone()?, delay);
    one_way(server, client, delay);
    Ok(())
}

fn one_way(from: TcpStream, to: TcpStream, delay: Duration) {
    let (sender, queue) = channel();
    thread::spawn(move || take(from, &sender, delay));
    thread::spawn(move || bring(to, &queue));
}

fn take(mut from: TcpStream, queue: &Sender<(Instant, Vec<u8>)>, delay: Duration) {
    let mut block = vec![0; 64 << 10];
    while let Ok(count) = from.read(&mut block) {
        // The end takes its time, too.
        if queue.send((Instant::now() + delay, block[..count].to_vec())).is_err() || count == 0 {
            break;
        }
    }
}

fn bring(mut to: TcpStream, queue: &Receiver<(Instant, Vec<u8>)>) {
    for (due, bytes) in queue {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if bytes.is_empty() || to.write_all(&bytes).is_err() {
            let _ = to.shutdown(Shutdown::Write);
            break;
        }
    }
}
