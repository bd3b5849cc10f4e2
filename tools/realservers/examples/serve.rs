//! Starts a server with the users alice and bob, prints where it is, and keeps it until standard input ends:
//! `cargo run -p realservers --example serve -- cyrus`.

use std::io::{self, Read as _};

use realservers::{Dovecot, Server};

fn main() -> io::Result<()> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let users = ["alice", "bob"];
    if name == "dovecot" {
        return match Dovecot::start()? {
            Some(server) => keep(&server),
            None => Ok(()),
        };
    }
    let server = match name.as_str() {
        "dovecot24" => realservers::dovecot24(),
        "cyrus" => realservers::cyrus(&users),
        "courier" => realservers::courier(&users),
        "mailutils" => realservers::mailutils(&users),
        "pymap" => realservers::pymap(&users),
        _ => return Err(io::Error::other("which server: dovecot, dovecot24, cyrus, courier, mailutils, pymap")),
    };
    server?.map_or(Ok(()), |server| keep(&server))
}

fn keep(server: &Server) -> io::Result<()> {
    println!(
        "port {}, TLS {}, password {}, authority {}",
        server.port,
        server.tls_port,
        Server::PASSWORD,
        server.certificates().ca().display()
    );
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}
