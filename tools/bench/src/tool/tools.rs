//! The tools that back up, and how each is called.

use std::path::{Path, PathBuf};
use std::process::Command;

use realservers::Dovecot;

use crate::child::this_program;
use crate::outcome::Outcome;
use crate::setup::Setup;

const SCRIPT: &str = include_str!("../../peers/python_backup.py");

/// Who writes the messages to the disk.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) peer: bool,
    /// Whether it can be run again with nothing to do.
    pub(super) again: bool,
}

pub(super) const TOOLS: [Tool; 7] = [
    Tool { name: "imap", title: "**imap backup**", peer: false, again: true },
    Tool { name: "imap-tls", title: "**imap backup**, TLS", peer: false, again: true },
    Tool { name: "mbsync", title: "mbsync", peer: true, again: true },
    Tool { name: "mbsync-tls", title: "mbsync, TLS", peer: true, again: true },
    Tool { name: "python", title: "a loop with Python's imaplib, nothing made durable", peer: true, again: true },
    Tool { name: "disk", title: "the disk alone, made durable in batches", peer: false, again: false },
    Tool { name: "disk-each", title: "the disk alone, fsync for each file", peer: false, again: false },
];

/// Builds the tool of this project.
pub(super) fn build(setup: &Setup) -> Outcome<PathBuf> {
    let built =
        Command::new("cargo").args(["build", "--release", "-p", "imaplib-cli"]).current_dir(&setup.root).status()?;
    if !built.success() {
        return Err("the tool cannot be built".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| setup.root.join("target"), PathBuf::from);
    Ok(target.join("release/imap"))
}

/// The command that brings the folder up to date; none if the tool is not there.
pub(super) fn command(
    tool: &Tool,
    server: &Dovecot,
    program: &Path,
    target: &Path,
    setup: &Setup,
) -> Outcome<Option<Command>> {
    let (port, tls_port) = (server.port, server.tls_port);
    let authority = server.certificates().ca();
    let maildir = target.join("mail");
    let command = match tool.name {
        "imap" | "imap-tls" => {
            let mut command = Command::new(program);
            command.env("IMAP_PASSWORD", Dovecot::PASSWORD).arg("backup");
            if tool.name == "imap" {
                command.arg(format!("imap+insecure://alice@127.0.0.1:{port}"));
            } else {
                command.arg(format!("imaps://alice@localhost:{tls_port}")).arg("--ca-file").arg(&authority);
            }
            command.arg(&maildir);
            command
        }
        "mbsync" | "mbsync-tls" => {
            if Command::new("mbsync").arg("--version").output().is_err() {
                eprintln!("\n*** SKIPPED: mbsync is not there: get it with `apt-get install isync`\n");
                return Ok(None);
            }
            let way = match tool.name {
                "mbsync" => format!("Host 127.0.0.1\nPort {port}\nSSLType None\n"),
                _ => {
                    format!("Host localhost\nPort {tls_port}\nSSLType IMAPS\nCertificateFile {}\n", authority.display())
                }
            };
            std::fs::create_dir_all(&maildir)?;
            let file = target.join("mbsyncrc");
            let text = format!(
                "IMAPAccount a\n{way}AuthMechs LOGIN\nUser alice\nPass {}\n\nIMAPStore far\nAccount a\n\n\
                 MaildirStore near\nPath {folder}/\nInbox {folder}/INBOX\nSubFolders Verbatim\n\n\
                 Channel a\nFar :far:\nNear :near:\nPatterns *\nSync Pull\nCreate Near\nSyncState *\n",
                Dovecot::PASSWORD,
                folder = maildir.display()
            );
            std::fs::write(&file, text)?;
            let mut command = Command::new("mbsync");
            command.arg("-c").arg(&file).args(["-q", "-a"]);
            command
        }
        "python" => {
            let script = setup.work.join("python_backup.py");
            std::fs::create_dir_all(&setup.work)?;
            std::fs::write(&script, SCRIPT)?;
            let mut command = Command::new("python3");
            command.arg(&script).arg(port.to_string()).arg(&maildir);
            command
        }
        name => {
            let way = if name == "disk" { "batch" } else { "each" };
            let mut command = this_program(&["disk"])?;
            command.arg(server.maildir("alice")).arg(&maildir).arg(way);
            command
        }
    };
    Ok(Some(command))
}
