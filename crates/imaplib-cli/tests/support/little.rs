//! Servers that keep their mail in Maildirs which the tests write to, as other programs do.

use std::fs::{self, FileTimes};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use realservers::Server;

use super::{Run, command, finish};

/// An account on a server, reached in clear text.
pub struct Little {
    server: Server,
    /// What the login needs beside the password.
    login: &'static [&'static str],
    /// Where its INBOX lies.
    pub maildir: PathBuf,
}

impl Little {
    /// The account `anna` on Courier, if it is there.
    pub fn courier() -> Option<Self> {
        let server = realservers::courier(&["anna"]).unwrap()?;
        let maildir = server.folder().join("homes/anna/Maildir");
        Some(Self { server, login: &[], maildir })
    }

    /// The account `anna` on mailutils, if it is there.
    pub fn mailutils() -> Option<Self> {
        let server = realservers::mailutils(&["anna"]).unwrap()?;
        let maildir = server.folder().join("spool/anna");
        // Its SCRAM refuses everybody.
        Some(Self { server, login: &["--auth", "login"], maildir })
    }

    pub fn backup(&self, archive: &Path, extra: &[&str]) -> Run {
        let address = format!("imap+insecure://anna@localhost:{}", self.server.port);
        let mut arguments = vec!["backup", &address, archive.to_str().unwrap(), "--json"];
        arguments.extend(self.login);
        arguments.extend(extra);
        finish(command(&arguments).env("IMAP_PASSWORD", Server::PASSWORD), b"")
    }
}

/// Puts a message into a Maildir, as a delivery agent does; `second` tells apart when it came.
pub fn deliver(maildir: &Path, name: &str, text: &[u8], second: u64) -> PathBuf {
    let file = maildir.join("new").join(format!("{}.M1P{name}.test", 1_700_000_000 + second));
    // With the line ends of this system, which the servers make those of the protocol.
    fs::write(&file, String::from_utf8(text.to_vec()).unwrap().replace("\r\n", "\n")).unwrap();
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second);
    fs::File::options().write(true).open(&file).unwrap().set_times(FileTimes::new().set_modified(date)).unwrap();
    // As the folder it lies in: the server runs in the name of another user.
    let owner = fs::metadata(maildir).unwrap();
    std::os::unix::fs::chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    file
}

/// Removes the message with this name, as another program does.
pub fn remove(maildir: &Path, name: &str) {
    let mark = format!(".M1P{name}.test");
    for folder in ["new", "cur"] {
        for entry in fs::read_dir(maildir.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().contains(&mark) {
                return fs::remove_file(path).unwrap();
            }
        }
    }
    panic!("there is no message {name}");
}

/// What the files of the archive hold, sorted.
pub fn texts(archive: &Path) -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> =
        super::tree(archive).iter().map(|file| fs::read(archive.join(file)).unwrap()).collect();
    texts.sort();
    texts
}
