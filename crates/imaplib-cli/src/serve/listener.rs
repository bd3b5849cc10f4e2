//! Accepts clients, as many as there is room for.

use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::seats::Seats;
use super::{Served, client};
use crate::output;

/// While there is no room, clients are accepted this slowly, so that one that logs in has the time for it.
const PAUSE: Duration = Duration::from_millis(20);

/// Serves clients on this socket as long as the program runs.
pub(crate) fn listen(listener: &TcpListener, served: &Arc<Served>) {
    let seats = Arc::<Seats>::default();
    loop {
        // Out of file descriptors, it would fail again at once.
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(PAUSE);
            continue;
        };
        let Ok((seat, was_full)) = Seats::take(&seats, &stream) else { continue };
        let connection = served.connection();
        let serving = Arc::clone(served);
        let run = move || {
            client::serve(connection, &stream, seat);
            let _ = stream.shutdown(Shutdown::Both);
            drop(serving);
        };
        if let Err(error) = thread::Builder::new().name("client".to_owned()).spawn(run) {
            output::note(&format!("a client is turned away: {error}"));
            thread::sleep(PAUSE);
        }
        if was_full {
            thread::sleep(PAUSE);
        }
    }
}
