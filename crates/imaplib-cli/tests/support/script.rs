//! A server that says what it is told to, for what the test server does not serve: a shell script behind `tunnel:`.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Run, imap};

/// A pre-authenticated server with the mailbox INBOX.
pub struct Script {
    folder: TempDir,
    address: String,
}

impl Script {
    /// Announces `capabilities`; answers a command that begins with a pattern of the shell by these lines. A line that
    /// begins with `!` is the end of the completion, in place of `OK done`.
    pub fn new(capabilities: &str, answers: &[(&str, &[&str])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut cases = String::new();
        for (pattern, lines) in answers.iter().chain(&[("LIST", &["* LIST () \"/\" INBOX"][..])]) {
            cases.push_str(&format!("{}*)\n", pattern.replace(' ', "\\ ")));
            for line in *lines {
                match line.strip_prefix('!') {
                    Some(end) => cases.push_str(&format!("end='{end}'\n")),
                    None => cases.push_str(&format!("printf '%s\\r\\n' '{line}'\n")),
                }
            }
            cases.push_str(";;\n");
        }
        let log = folder.path().join("log");
        let script = format!(
            "printf '* PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] hello\\r\\n'\n\
             while IFS=' ' read -r tag command; do\n\
             command=$(printf '%s' \"$command\" | tr -d '\\r')\n\
             printf '%s\\n' \"$command\" >> '{}'\nend='OK done'\ncase $command in\n{cases}esac\n\
             printf '%s %s\\r\\n' \"$tag\" \"$end\"\ndone\n",
            log.display()
        );
        let file = folder.path().join("server");
        fs::write(&file, script).unwrap();
        let address = format!("tunnel:sh {}", file.display());
        Self { folder, address }
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        imap(&[&[arguments[0], self.address.as_str()], &arguments[1..]].concat())
    }

    /// What the clients have sent.
    pub fn heard(&self) -> String {
        fs::read_to_string(PathBuf::from(self.folder.path()).join("log")).unwrap_or_default()
    }
}
