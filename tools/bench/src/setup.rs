//! What is to be measured, and how.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::figures::Figures;
use crate::outcome::Outcome;
use crate::subjects::Scripts;

/// A part of the report that can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Answers,
    Parsing,
    Latency,
    Scale,
    Tool,
    Growth,
    Cost,
}

impl Part {
    pub(crate) const ALL: [Self; 7] =
        [Self::Answers, Self::Parsing, Self::Latency, Self::Scale, Self::Tool, Self::Growth, Self::Cost];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Parsing => "parsing",
            Self::Latency => "latency",
            Self::Scale => "scale",
            Self::Tool => "tool",
            Self::Growth => "growth",
            Self::Cost => "cost",
        }
    }
}

/// The choices of one run.
pub(crate) struct Setup {
    pub(crate) parts: Vec<Part>,
    pub(crate) quick: bool,
    pub(crate) peers: bool,
    /// Where the report goes.
    pub(crate) folder: PathBuf,
    /// Where peers are installed and programs are built.
    pub(crate) work: PathBuf,
    /// The workspace of this project.
    pub(crate) root: PathBuf,
    pub(crate) scripts: Scripts,
    /// Whether other parts are measured in the same run.
    pub(crate) is_one_of_many: bool,
}

impl Setup {
    pub(crate) fn from_words(words: &[String]) -> Outcome<Self> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = own.ancestors().nth(2).ok_or("the crate is not in its place")?.to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| own.join("target"), PathBuf::from);
        let (mut parts, mut quick, mut peers, mut render, mut folder) = (Vec::new(), false, true, false, None);
        let mut is_one_of_many = false;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => quick = true,
                "--no-peers" => peers = false,
                "--render" => render = true,
                "--one-of-many" => is_one_of_many = true,
                "--out" => folder = Some(PathBuf::from(words.next().ok_or("--out wants a folder")?)),
                "--only" => {
                    let name = words.next().ok_or("--only wants a part")?;
                    let part = Part::ALL.into_iter().find(|part| part.name() == name);
                    parts.push(part.ok_or_else(|| format!("no part {name}"))?);
                }
                other => return Err(format!("unknown: {other}").into()),
            }
        }
        if parts.is_empty() && !render {
            parts = Part::ALL.to_vec();
            // Compiling cannot be made less.
            parts.retain(|part| !quick || *part != Part::Cost);
        }
        // Coarse figures must not take the place of good ones.
        let place = if quick { target.join("performance") } else { root.join("docs") };
        let work = target.join("peers");
        // Each of several parts prepares by itself what it needs.
        let wanted = peers && parts.len() == 1 && parts.iter().any(|part| matches!(part, Part::Answers | Part::Scale));
        let scripts = if wanted { Scripts::prepare(&work)? } else { Scripts::default() };
        Ok(Self { parts, quick, peers, folder: folder.unwrap_or(place), work, root, scripts, is_one_of_many })
    }

    /// Runs each part in a process of its own: what the parent has in memory is counted as its children's.
    pub(crate) fn each_part_alone(&self, words: &[String]) -> Outcome<()> {
        let mut flags = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only" => drop(words.next()),
                _ => flags.push(word),
            }
        }
        for part in &self.parts {
            let mut command = Command::new(std::env::current_exe()?);
            if !command.args(&flags).args(["--one-of-many", "--only", part.name()]).status()?.success() {
                return Err(format!("the part {} failed", part.name()).into());
            }
        }
        Ok(())
    }

    /// Whether the page goes where it is read.
    pub(crate) fn is_published(&self) -> bool {
        self.folder == self.root.join("docs")
    }

    /// How often each measurement is made; the median counts.
    pub(crate) fn rounds(&self) -> usize {
        match self.parts.first() {
            _ if self.quick => 1,
            Some(Part::Parsing) => 9,
            Some(Part::Answers) => 5,
            Some(Part::Cost | Part::Growth) => 1,
            _ => 3,
        }
    }

    /// A tenth in a quick run.
    pub(crate) fn size(&self, size: u64) -> u64 {
        if self.quick { (size / 10).max(1) } else { size }
    }
}

/// Notes on what and with what a part was measured.
pub(crate) fn describe(part: &str, setup: &Setup, figures: &mut Figures) {
    let mut set = |what: &str, value: String| figures.set(part, "setup", "-", what, value);
    set("rounds", setup.rounds().to_string());
    set("quick", setup.quick.to_string());
    set("processor", processor());
    set("system", first_line(Command::new("uname").args(["-sr"])));
    set("rustc", first_line(Command::new("rustc").arg("--version")));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    set("load", load.split_whitespace().next().unwrap_or("?").to_owned());
    let with: &[&[&str]] = match part {
        "answers" => &[&["python3", "--version"], &["node", "--version"]],
        "latency" | "scale" => &[&["python3", "--version"]],
        "parsing" => &[&["valgrind", "--version"]],
        "growth" => &[&["/usr/sbin/dovecot", "--version"]],
        "tool" => &[&["/usr/sbin/dovecot", "--version"], &["mbsync", "--version"], &["python3", "--version"]],
        _ => &[],
    };
    let programs = with.iter().map(|words| {
        let name = words[0].rsplit('/').next().unwrap_or_default();
        let version = first_line(Command::new(words[0]).args(&words[1..]));
        let word = version.split_whitespace().find(|word| word.contains(|letter: char| letter.is_ascii_digit()));
        format!("{name} {}", word.unwrap_or("not there"))
    });
    set("with", programs.collect::<Vec<_>>().join(", "));
    set("revision", first_line(Command::new("git").args(["describe", "--always", "--dirty"]).current_dir(&setup.root)));
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores", line.map_or("unknown", |(_, name)| name))
}

fn first_line(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or("unknown").to_owned()
}
