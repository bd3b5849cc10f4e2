//! Starts real IMAP servers for the tests of this workspace.
//!
//! Each server runs with its own configuration in a temporary folder, listens on loopback only, and ends when its value
//! is dropped. A server that is not installed is a loud message and a skipped test on a developer's machine, and a
//! failure where the environment variable `CI` is set.

mod certificates;
mod courier;
mod cyrus;
mod dovecot;
mod dovecot24;
mod mailutils;
mod proxy;
mod pymap;
mod record;
mod root;
mod server;
pub mod tls_peers;

use std::net::TcpListener;
use std::path::Path;

pub use certificates::Certificates;
pub use courier::courier;
pub use cyrus::{cyrus, cyrus_that_munges};
pub use dovecot::{Dovecot, Setup};
pub use dovecot24::dovecot24;
pub use mailutils::mailutils;
pub use proxy::Proxy;
pub use pymap::pymap;
pub use server::Server;

/// How to get what is missing.
const INSTALL: &str = "./install-servers";

/// Reports that a server is missing; in CI that is a failure.
#[allow(clippy::panic)] // A test without its server must not pass in CI.
fn missing(server: &str) {
    record::record("missing", server);
    let message = format!("{server} is not there: get it with `{INSTALL}`");
    if std::env::var_os("CI").is_some() {
        panic!("{message}");
    }
    eprintln!("\n*** SKIPPED: {message}\n");
}

/// A port of loopback that nobody listens on.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Whether this process is the super-user, in whose name servers do not serve.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Lets everybody read a folder's entries by name: servers drop to users of their own.
fn open_to_all(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}
