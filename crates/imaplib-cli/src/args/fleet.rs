//! The arguments of `imap backup` that are about many accounts.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use sha2::{Digest as _, Sha256};

/// Many accounts in one run, and the figures for those who watch over them.
#[derive(Debug, Args)]
pub(crate) struct Fleet {
    /// Back up each account of the configuration file that has an `archive`. One that fails costs itself alone; the exit code
    /// is the worst of all, in this order: 143, 130, 74, 78, 2, 77, 76, 66, 69, 75, 65, 1, 0. Passwords come from the configuration
    /// file alone: the environment variable IMAP_PASSWORD is not read, and nothing is asked for
    #[arg(long, help_heading = "Many accounts", conflicts_with_all = ["account", "dir", "forget", "forget_lost", "adopt", "user",
        "password_command", "password_file", "auth", "token_command", "pin", "client_cert", "client_key"])]
    pub(crate) all: bool,
    /// With --all: so many accounts at a time
    #[arg(long, value_name = "N", help_heading = "Many accounts", requires = "all", default_value_t = 4,
        value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) jobs: u16,
    /// With --all: the accounts of machine K of N alone, counted from 0, as the variables JOB_COMPLETION_INDEX of Kubernetes and
    /// SLURM_ARRAY_TASK_ID of Slurm count. An account belongs to machine H modulo N, where H is the number
    /// that the first 8 bytes of the SHA-256 of its name are, the highest first: N machines with one configuration file need to know
    /// nothing else of each other
    #[arg(long, value_name = "K/N", help_heading = "Many accounts", requires = "all")]
    pub(crate) shard: Option<Shard>,
    /// Write the figures of the run to this file for Prometheus, as its node exporter reads them (NAME.prom). It is replaced as a
    /// whole, after each run; the moment of the last success is kept from the file before
    #[arg(long, value_name = "FILE", help_heading = "Many accounts")]
    pub(crate) metrics: Option<PathBuf>,
}

/// The part of the accounts that one of several machines backs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Whether the account of this name belongs to it.
    pub(crate) fn contains(self, account: &str) -> bool {
        let hash = Sha256::digest(account);
        let first = hash.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        first % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((read(index)?, read(count)?)));
        match numbers {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            Some((index, count)) if count > 0 && index == count => {
                Err(format!("machines are counted from 0: the last of {count} is {}/{count}", count - 1))
            }
            _ => Err("write K/N with K from 0 to N-1, such as 0/4".to_owned()),
        }
    }
}

/// A number of at most nine digits, and nothing else.
fn read(text: &str) -> Option<u64> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_belongs_to_one_machine_and_stays_there() {
        let names: Vec<String> = (0..1000).map(|number| format!("user{number}@example.org")).collect();
        for count in [1, 2, 3, 4, 7, 64] {
            let shards: Vec<Shard> = (0..count).map(|index| format!("{index}/{count}").parse().unwrap()).collect();
            let sizes: Vec<usize> =
                shards.iter().map(|shard| names.iter().filter(|name| shard.contains(name)).count()).collect();
            assert_eq!(sizes.iter().sum::<usize>(), names.len());
            let fair = names.len() / shards.len();
            assert!(sizes.iter().all(|size| *size >= fair / 3 && *size <= fair * 2), "{sizes:?}");
        }
        // `printf work | sha256sum` begins with 00e13ed7af55b276, an even number.
        assert!(Shard { index: 0, count: 2 }.contains("work"));
        assert!(Shard { index: 0x00e1_3ed7_af55_b276 % 1_000, count: 1_000 }.contains("work"));
    }

    #[test]
    fn what_is_not_a_part_is_refused() {
        assert_eq!("3/4".parse(), Ok(Shard { index: 3, count: 4 }));
        for wrong in ["", "4/4", "5/4", "0/0", "/4", "1/", "-1/4", "+1/4", "1 / 4", "1/4/5", "0x1/4", "9999999999/4"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
