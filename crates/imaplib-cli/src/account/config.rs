//! The configuration file: accounts by name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Failure, Result};

/// The contents of `config.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default)]
    pub(crate) accounts: BTreeMap<String, AccountConfig>,
}

/// `[accounts.NAME]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AccountConfig {
    pub(crate) url: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password_command: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) token_command: Option<String>,
    pub(crate) auth: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) pin: Option<String>,
    pub(crate) client_cert: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
    pub(crate) timeout: Option<u32>,
    pub(crate) proxy: Option<String>,
    pub(crate) archive: Option<PathBuf>,
}

/// Where the configuration file is, if it can be told.
pub(crate) fn default_path() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(std::env::home_dir()?.join(".config")))?;
    Some(folder.join("imap").join("config.toml"))
}

/// Reads the file; a file in the usual place need not be there.
pub(crate) fn load(chosen: Option<&Path>) -> Result<Config> {
    let Some(path) = chosen.map(Path::to_path_buf).or_else(default_path) else {
        return Ok(Config::default());
    };
    match read(&path) {
        Ok(text) => parse(&text).map_err(|failure| failure.context(path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && chosen.is_none() => Ok(Config::default()),
        Err(error) => Err(Failure::config(format!("cannot read {}: {error}", path.display()))
            .hint("give the path of a readable file with --config, or leave it out")),
    }
}

/// A longer file is not a list of accounts, in bytes.
const MOST: u64 = 16 << 20;

/// Reads a regular file: a pipe or a device could have no end.
fn read(path: &Path) -> io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut text = String::new();
    if File::open(path)?.take(MOST + 1).read_to_string(&mut text)? as u64 > MOST {
        let reason = format!("it is longer than {} MiB", MOST >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(text)
}

fn parse(text: &str) -> Result<Config> {
    refuse_passwords(text)?;
    toml::from_str(text).map_err(|error| {
        // The message shows the line, which may hold something secret: place and reason are enough.
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
        Failure::config(format!("line {line}: {}", error.message()))
            .hint("accounts look like this: [accounts.work] url = \"imaps://imap.example.org\", user = \"alice\"")
    })
}

fn refuse_passwords(text: &str) -> Result<()> {
    let Ok(table) = text.parse::<toml::Table>() else { return Ok(()) };
    let accounts = table.get("accounts").and_then(toml::Value::as_table).into_iter().flatten();
    for (name, account) in accounts {
        if account.get("password").is_some() {
            return Err(Failure::config(format!("accounts.{name}: a password in the configuration file is not read"))
                .hint("use password-command or password-file, and change the password if others could read the file"));
        }
    }
    Ok(())
}

/// `~/` at the beginning of a path means the home folder.
pub(crate) fn expand(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_accounts() {
        let config =
            parse("[accounts.work]\nurl = 'imaps://h'\nuser = 'a'\npassword-command = 'pass x'\nca-file = '/x'\n")
                .unwrap();
        let work = &config.accounts["work"];
        assert_eq!(work.url.as_deref(), Some("imaps://h"));
        assert_eq!(work.password_command.as_deref(), Some("pass x"));
    }

    #[test]
    fn says_what_is_wrong_and_where_but_not_the_secret() {
        let failure = parse("[accounts.a]\nurl = 'x'\npasword = 'hunter2'\n").unwrap_err();
        assert!(failure.message().starts_with("line "), "{failure}");
        assert!(failure.message().contains("pasword"), "{failure}");
        assert!(!failure.message().contains("hunter2"), "{failure}");
        let failure = parse("[accounts.a]\npassword = 'hunter2'\n").unwrap_err();
        assert!(!failure.message().contains("hunter2"), "{failure}");
    }

    #[test]
    fn a_file_that_was_chosen_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let failure = load(Some(&folder.path().join("none.toml"))).unwrap_err();
        assert!(failure.message().starts_with("cannot read "), "{failure}");
        // A folder is there, and cannot be read.
        assert!(load(Some(folder.path())).is_err());
    }
}
