//! pymap, a server in Python.

use std::fmt::Write as _;
use std::io;
use std::process::Command;

use super::root::got;
use super::server::{Ground, Server};

/// Starts pymap with these users, whose mail is in Maildirs, if it is there. It has no port with TLS from the first byte.
///
/// # Errors
/// If it is there and does not start.
pub fn pymap(users: &[&str]) -> io::Result<Option<Server>> {
    let Some(environment) = got("pymap") else { return Ok(None) };
    let ground = Ground::new("pymap")?;
    let mail = ground.folder("mail")?;
    let hash = Command::new(environment.join("bin/python"))
        .arg("-c")
        .arg(format!(
            "from passlib.hash import pbkdf2_sha256 as h; print(h.using(rounds=1000).hash('{}'))",
            Server::PASSWORD
        ))
        .output()?
        .stdout;
    let hash = String::from_utf8_lossy(&hash);
    let (mut accounts, mut shadow) = (String::new(), String::new());
    for user in users {
        let _ = writeln!(accounts, "{user}:x:0:0::{user}:");
        let _ = writeln!(shadow, "{user}:{}:::::::", hash.trim());
    }
    ground.write("mail/pymap-etc-passwd", &accounts)?;
    ground.write("mail/pymap-etc-shadow", &shadow)?;
    ground.write("mail/pymap-etc-group", "")?;
    let mut command = Command::new(environment.join("bin/pymap"));
    command.args(["--host", "127.0.0.1", "--port"]).arg(ground.port.to_string());
    command.arg("--cert").arg(ground.certificates.certificate("server"));
    command.arg("--key").arg(ground.certificates.key("server")).arg("maildir").arg(&mail);
    ground.run(command).map(Some)
}
