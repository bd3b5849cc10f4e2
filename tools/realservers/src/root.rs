//! Servers that are unpacked into a root of their own, beside this machine's own packages.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{is_root, missing};

/// The folder that holds everything that was got for tests.
fn servers() -> PathBuf {
    match std::env::var_os("IMAPLIB_SERVERS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers"),
    }
}

/// The folder of what was got under this name; none, and said so, if it was not.
pub(crate) fn got(name: &str) -> Option<PathBuf> {
    let folder = servers().join(name);
    if folder.join(".ready").exists() {
        return Some(folder);
    }
    missing(name);
    None
}

/// A folder with the files of a small Debian system, in which commands run with the temporary folder of this machine
/// in its usual place.
#[derive(Debug)]
pub(crate) struct Root(PathBuf);

/// What is seen in another place inside a root, while one command runs: the file or folder, and that place.
pub(crate) type Bind<'a> = (&'a Path, &'a str);

/// Run by a shell in a mount namespace of its own, so that nothing stays mounted: the root, the folder for temporary
/// files, the number of binds, each bind, and the command.
const ENTER: &str = r#"
root=$1 shared=$2 binds=$3
shift 3
mkdir -p "$root$shared"
mount --bind "$shared" "$root$shared"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
while [ "$binds" -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p "$root$2"; else [ -e "$root$2" ] || : >"$root$2"; fi
  mount --bind "$1" "$root$2"
  shift 2
  binds=$((binds - 1))
done
exec chroot "$root" "$@"
"#;

impl Root {
    /// The root of this name, if it was unpacked and this process may enter it.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let root = got(name)?;
        if !is_root() {
            missing(&format!("{name} (which only the super-user can run)"));
            return None;
        }
        Some(Self(root))
    }

    /// A command that is run inside; it is the process that runs, and so ends when that process is ended.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, binds: &[Bind<'_>], words: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "--", "sh", "-e", "-c", ENTER, "enter"]);
        command.arg(&self.0).arg(std::env::temp_dir()).arg(binds.len().to_string());
        for (from, to) in binds {
            command.arg(from).arg(to);
        }
        command.args(words);
        command
    }

    /// Runs a shell script inside and returns what it printed.
    pub(crate) fn script(&self, text: &str) -> io::Result<String> {
        let mut shell = self
            .command(&[], ["/bin/sh", "-e"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = shell.stdin.take() {
            input.write_all(text.as_bytes())?;
        }
        let output = shell.wait_with_output()?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
        }
    }

    /// The accounts of the system inside, as in `passwd`.
    pub(crate) fn accounts(&self) -> io::Result<String> {
        std::fs::read_to_string(self.0.join("etc/passwd"))
    }
}

/// Makes a user and a group, by number or by name, the owner of a folder and all in it.
pub(crate) fn give(path: &Path, owner: &str) -> io::Result<()> {
    match Command::new("chown").arg("-R").arg(owner).arg(path).status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("cannot give {} to {owner}", path.display()))),
    }
}
