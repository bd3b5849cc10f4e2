//! Drives a connection over a stream.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use bytes::Bytes;

use crate::connection::Connection;

/// How many bytes are read or written at once.
const BLOCK: usize = 32 * 1024;
/// How many blocks may wait to be handled; further ones stay in the client's hands.
const BLOCKS_WAITING: usize = 4;

/// What wakes a connection.
enum Wake {
    Input(Bytes),
    StoreChanged,
    End,
}

/// Serves one client on any stream, in this thread, until the client leaves.
///
/// Changes for a client in IDLE are sent when `read` returns: give the stream a read timeout to have them sent in time
/// (`WouldBlock` and `TimedOut` are not errors here), or use [`serve_split`].
///
/// # Errors
/// If reading or writing fails.
pub fn serve(mut connection: Connection, mut stream: impl Read + Write) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    loop {
        flush(&mut connection, &mut stream)?;
        if connection.is_closed() || connection.wants_tls() {
            return Ok(());
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => connection.receive(buffer.get(..count).unwrap_or_default()),
            Err(error) if is_pause(&error) => connection.store_changed(),
            Err(error) => return Err(error),
        }
    }
}

/// Serves one client on a pair of streams, such as standard input and output, until the client leaves.
///
/// A second thread reads, so that changes for a client in IDLE are sent at once. It ends when `reader` does.
///
/// # Errors
/// If writing fails.
pub fn serve_split(
    connection: Connection,
    reader: impl Read + Send + 'static,
    mut writer: impl Write,
) -> io::Result<()> {
    let (sender, receiver) = sync_channel(BLOCKS_WAITING);
    let _watch = watch(&connection, &sender);
    spawn_reader(reader, sender)?;
    let mut connection = connection;
    loop {
        flush(&mut connection, &mut writer)?;
        if connection.is_closed() || connection.wants_tls() {
            return Ok(());
        }
        match next(&receiver) {
            Wake::Input(bytes) => connection.receive(&bytes),
            Wake::StoreChanged => {}
            Wake::End => return Ok(()),
        }
        connection.store_changed();
    }
}

/// Serves one client on a TCP stream, with TLS from the start or by STARTTLS.
pub(crate) fn serve_tcp(
    mut connection: Connection,
    stream: &std::net::TcpStream,
    tls: &Arc<rustls::ServerConfig>,
    implicit: bool,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (sender, receiver) = sync_channel(BLOCKS_WAITING);
    let _watch = watch(&connection, &sender);
    spawn_reader(stream.try_clone()?, sender)?;
    let mut writer = stream;
    let mut session = if implicit { Some(new_session(tls)?) } else { None };
    loop {
        match &mut session {
            None => flush(&mut connection, &mut writer)?,
            Some(session) => flush_tls(&mut connection, session, &mut writer)?,
        }
        if connection.is_closed() {
            // A cut connection ends without notice, as when a cable is pulled.
            if let (Some(session), false) = (&mut session, connection.is_cut()) {
                session.send_close_notify();
                while session.wants_write() {
                    session.write_tls(&mut writer)?;
                }
            }
            return Ok(());
        }
        if connection.wants_tls() {
            connection.tls_started();
            session = Some(new_session(tls)?);
        }
        match next(&receiver) {
            Wake::Input(bytes) => match &mut session {
                None => connection.receive(&bytes),
                Some(session) => receive_tls(&mut connection, session, &bytes, &mut writer)?,
            },
            Wake::StoreChanged => {}
            Wake::End => return Ok(()),
        }
        connection.store_changed();
    }
}

fn new_session(tls: &Arc<rustls::ServerConfig>) -> io::Result<rustls::ServerConnection> {
    let mut session = rustls::ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
    session.set_buffer_limit(None);
    Ok(session)
}

fn watch(connection: &Connection, sender: &SyncSender<Wake>) -> crate::store::Watch {
    let sender = sender.clone();
    // A full queue needs no notice: the store is looked at after each block anyway.
    connection.store().watch(move || match sender.try_send(Wake::StoreChanged) {
        Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
    })
}

fn spawn_reader(mut reader: impl Read + Send + 'static, sender: SyncSender<Wake>) -> io::Result<()> {
    let read = move || {
        let mut buffer = vec![0; BLOCK];
        loop {
            let wake = match reader.read(&mut buffer) {
                Ok(0) => Wake::End,
                Ok(count) => Wake::Input(Bytes::copy_from_slice(buffer.get(..count).unwrap_or_default())),
                Err(error) if is_pause(&error) => continue,
                Err(_) => Wake::End,
            };
            let ends = matches!(wake, Wake::End);
            if sender.send(wake).is_err() || ends {
                return;
            }
        }
    };
    thread::Builder::new().name("imaplib-testserver reader".to_owned()).spawn(read)?;
    Ok(())
}

fn next(receiver: &Receiver<Wake>) -> Wake {
    receiver.recv().unwrap_or(Wake::End)
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn flush(connection: &mut Connection, writer: &mut impl Write) -> io::Result<()> {
    while let Some(block) = connection.next_output(BLOCK) {
        if let Some(delay) = connection.delay() {
            thread::sleep(delay);
        }
        writer.write_all(&block)?;
        writer.flush()?;
    }
    Ok(())
}

fn flush_tls(
    connection: &mut Connection,
    session: &mut rustls::ServerConnection,
    writer: &mut impl Write,
) -> io::Result<()> {
    while session.wants_write() {
        session.write_tls(writer)?;
    }
    // What is said before the handshake is over must wait for it.
    while !session.is_handshaking() {
        let Some(block) = connection.next_output(BLOCK) else { break };
        if let Some(delay) = connection.delay() {
            thread::sleep(delay);
        }
        session.writer().write_all(&block)?;
        while session.wants_write() {
            session.write_tls(writer)?;
        }
    }
    Ok(())
}

fn receive_tls(
    connection: &mut Connection,
    session: &mut rustls::ServerConnection,
    mut bytes: &[u8],
    writer: &mut impl Write,
) -> io::Result<()> {
    while !bytes.is_empty() {
        session.read_tls(&mut bytes)?;
        let was_handshaking = session.is_handshaking();
        let processed = session.process_new_packets();
        if was_handshaking && !session.is_handshaking() {
            let exported = session.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""));
            exported.into_iter().for_each(|exported| connection.set_channel_binding(exported));
        }
        if let Err(error) = processed {
            // The client is told by an alert why the handshake failed.
            let _ = session.write_tls(writer);
            return Err(io::Error::other(error));
        }
        let mut plain = vec![0; BLOCK];
        loop {
            match session.reader().read(&mut plain) {
                Ok(0) => break,
                Ok(count) => connection.receive(plain.get(..count).unwrap_or_default()),
                Err(error) if is_pause(&error) => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
