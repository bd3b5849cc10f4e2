//! The peers in other languages: small scripts, and where their libraries are got.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::scenario::Subject;

const IMAPLIB: &str = include_str!("../../peers/python_imaplib.py");
const AIOIMAPLIB: &str = include_str!("../../peers/python_aioimaplib.py");
const IMAPFLOW: &str = include_str!("../../peers/node_imapflow.mjs");

/// What can be run here.
#[derive(Default)]
pub(crate) struct Scripts {
    found: Vec<(Subject, Vec<PathBuf>)>,
}

impl Scripts {
    pub(crate) fn has(subject: Subject) -> bool {
        matches!(subject, Subject::Imaplib | Subject::Aioimaplib | Subject::Imapflow)
    }

    /// Gets the libraries into the folder, unless they are there. What cannot be had is said, and left out.
    pub(crate) fn prepare(folder: &Path) -> io::Result<Self> {
        let mut found = Vec::new();
        std::fs::create_dir_all(folder)?;
        for (subject, get) in [
            (Subject::Imaplib, imaplib as fn(&Path) -> io::Result<Vec<PathBuf>>),
            (Subject::Aioimaplib, aioimaplib),
            (Subject::Imapflow, imapflow),
        ] {
            match get(folder) {
                Ok(command) => found.push((subject, command)),
                Err(error) => eprintln!("\n*** SKIPPED: {} is not there: {error}\n", subject.title()),
            }
        }
        Ok(Self { found })
    }

    pub(crate) fn command(&self, subject: Subject) -> Option<Command> {
        let (_, words) = self.found.iter().find(|(known, _)| *known == subject)?;
        let mut command = Command::new(words.first()?);
        command.args(&words[1..]);
        Some(command)
    }
}

fn imaplib(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let script = write(folder, "python_imaplib.py", IMAPLIB)?;
    succeed(Command::new("python3").args(["-c", "import imaplib"]))?;
    Ok(vec!["python3".into(), script])
}

fn aioimaplib(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let script = write(folder, "python_aioimaplib.py", AIOIMAPLIB)?;
    let home = folder.join("python");
    let python = home.join("bin/python3");
    if succeed(Command::new(&python).args(["-c", "import aioimaplib"])).is_err() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "aioimaplib==2.0.1"]))?;
    }
    Ok(vec![python, script])
}

fn imapflow(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let home = folder.join("node");
    std::fs::create_dir_all(&home)?;
    let script = write(&home, "node_imapflow.mjs", IMAPFLOW)?;
    if !home.join("node_modules/imapflow").exists() {
        succeed(
            Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
                .arg(&home)
                .arg("imapflow@2"),
        )?;
    }
    Ok(vec!["node".into(), script])
}

fn write(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}
