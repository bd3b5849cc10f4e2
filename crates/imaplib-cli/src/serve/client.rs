//! Serves one client on a socket: how long it is waited for.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use imaplib_testserver::Connection;

use super::seats::Seat;

/// How long a client has to log in, whatever it sends.
const LOGIN_TIME: Duration = Duration::from_secs(60);
/// How long a client that is logged in may be silent (RFC 9051, section 5.4, wants 30 minutes at least).
const SILENCE: Duration = Duration::from_secs(31 * 60);
/// How long a client may read nothing of what it is sent.
const WRITE_TIME: Duration = Duration::from_secs(5 * 60);
/// How often a client that is silent learns of what has changed.
const PAUSE: Duration = Duration::from_millis(500);
/// How much is read and written at once.
const BLOCK: usize = 32 << 10;

/// Serves the client until it leaves or has to go.
pub(super) fn serve(mut connection: Connection, stream: &TcpStream, mut seat: Seat) {
    // Its troubles are its own.
    let _ = converse(&mut connection, stream, &mut seat);
}

fn converse(connection: &mut Connection, mut stream: &TcpStream, seat: &mut Seat) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PAUSE))?;
    let mut buffer = vec![0; BLOCK];
    let (begun, mut heard) = (Instant::now(), Instant::now());
    let (mut is_user, mut refused) = (false, 0);
    stream.set_write_timeout(Some(LOGIN_TIME))?;
    loop {
        while let Some(block) = connection.next_output(BLOCK) {
            stream.write_all(&block)?;
        }
        if connection.is_closed() {
            return Ok(());
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                heard = Instant::now();
                connection.receive(buffer.get(..count).unwrap_or_default());
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                connection.store_changed();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        while refused < connection.failed_logins() {
            refused += 1;
            seat.wait_after_refusal();
        }
        if !is_user && connection.is_logged_in() {
            is_user = true;
            stream.set_write_timeout(Some(WRITE_TIME))?;
            if !seat.log_in() {
                return stream.write_all(b"* BYE too many clients are logged in\r\n");
            }
        }
        match is_user {
            false if begun.elapsed() > LOGIN_TIME => return stream.write_all(b"* BYE too late\r\n"),
            true if heard.elapsed() > SILENCE => return stream.write_all(b"* BYE silent for too long\r\n"),
            _ => {}
        }
    }
}
