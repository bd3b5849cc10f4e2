//! Notes which servers were started and which are missing, for the summary of `./run-tests`.

use std::io::Write as _;

/// The environment variable that names the file; without it nothing is written.
const VARIABLE: &str = "REALSERVERS_LOG";

/// Adds the line `started NAME` or `missing NAME`. The summary is a service: if it cannot be written, the test counts.
pub(crate) fn record(what: &str, server: &str) {
    let Some(path) = std::env::var_os(VARIABLE) else { return };
    let name = server.split(' ').next().unwrap_or_default().to_lowercase();
    if let Ok(mut file) = std::fs::OpenOptions::new().append(true).open(path) {
        let _ = file.write_all(format!("{what} {name}\n").as_bytes());
    }
}
