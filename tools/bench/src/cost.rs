//! What it costs to depend on the library: packages, time to compile, size of the program.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::child;
use crate::figures::Figures;
use crate::outcome::Outcome;
use crate::report::{Table, bytes, seconds};
use crate::setup::Setup;

const PART: &str = "cost";
const LIMIT: Duration = Duration::from_secs(3600);

/// A program that connects by TLS, logs in and lists mailboxes.
struct Probe {
    name: &'static str,
    title: &'static str,
    dependencies: &'static str,
    program: &'static str,
}

const PROBES: [Probe; 6] = [
    Probe {
        name: "blocking",
        title: "**imaplib, blocking alone**",
        dependencies: "imaplib = { path = \"ROOT/crates/imaplib\", default-features = false, features = [\"blocking\", \"rustls-ring\"] }",
        program: include_str!("../probes/blocking.rs"),
    },
    Probe {
        name: "async",
        title: "**imaplib, async alone**",
        dependencies: "imaplib = { path = \"ROOT/crates/imaplib\", default-features = false, features = [\"rustls-ring\", \"tokio\"] }\n\
                       tokio = { version = \"1\", features = [\"rt\"] }",
        program: include_str!("../probes/async.rs"),
    },
    Probe {
        name: "native",
        title: "**imaplib, blocking alone, TLS of the platform**",
        dependencies: "imaplib = { path = \"ROOT/crates/imaplib\", default-features = false, features = [\"blocking\", \"native-tls\"] }",
        program: include_str!("../probes/blocking.rs"),
    },
    Probe {
        name: "any-runtime",
        title: "**imaplib, async on smol**",
        dependencies: "imaplib = { path = \"ROOT/crates/imaplib\", default-features = false, features = [\"futures-io\", \"rustls-ring\"] }\n\
                       smol = \"2\"",
        program: include_str!("../probes/any_runtime.rs"),
    },
    Probe {
        name: "rust-imap",
        title: "imap 3.0.0-alpha.15 with rustls",
        dependencies: "imap = { version = \"=3.0.0-alpha.15\", default-features = false, features = [\"rustls-tls\"] }",
        program: include_str!("../probes/rust_imap.rs"),
    },
    Probe {
        name: "async-imap",
        title: "async-imap 0.12 with tokio and rustls",
        dependencies: "async-imap = { version = \"=0.12.0\", default-features = false, features = [\"runtime-tokio\"] }\n\
                       futures-util = { version = \"0.3\", default-features = false }\n\
                       rustls-platform-verifier = \"0.7\"\n\
                       tokio = { version = \"1\", features = [\"net\", \"rt\"] }\n\
                       tokio-rustls = { version = \"0.26\", default-features = false, features = [\"ring\", \"tls12\"] }",
        program: include_str!("../probes/async_imap.rs"),
    },
];

pub(crate) fn measure(setup: &Setup, figures: &mut Figures) -> Outcome<()> {
    let root = setup.root.to_str().ok_or("the path of the project is no text")?;
    for probe in &PROBES {
        if !setup.peers && probe.name.contains("imap") {
            continue;
        }
        let folder = setup.work.join("probes").join(probe.name);
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(folder.join("src/main.rs"), probe.program)?;
        let manifest = format!(
            "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}\n\n\
             [profile.release]\nstrip = true\n",
            probe.dependencies.replace("ROOT", root)
        );
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        note(probe.name, &folder, &["build", "--release"], "probe", figures)?;
        figures.save()?;
    }
    note(
        "tool",
        &setup.root,
        &["build", "--release", "-p", "imaplib-cli", "--config", "profile.release.strip=true"],
        "imap",
        figures,
    )
}

fn note(name: &str, folder: &Path, build: &[&str], program: &str, figures: &mut Figures) -> Outcome<()> {
    eprintln!("{name}");
    let target = tempfile::tempdir()?;
    let package = if name == "tool" { "imaplib-cli" } else { "probe" };
    let tree = Command::new("cargo")
        .args(["tree", "--prefix", "none", "--format", "{p}", "--edges", "normal,build", "-p", package])
        .current_dir(folder)
        .output()?;
    // What is fetched now is not compiled later.
    Command::new("cargo").arg("fetch").current_dir(folder).output()?;
    let packages: BTreeSet<String> =
        String::from_utf8_lossy(&tree.stdout).lines().map(|line| line.replace(" (*)", "")).collect();
    let mut command = Command::new("cargo");
    command.args(build).current_dir(folder).env("CARGO_TARGET_DIR", target.path());
    let run = child::run(command, LIMIT)?;
    if let Some(reason) = run.failure {
        eprintln!("  {reason}");
        figures.set(PART, "build", name, "failure", reason);
        return Ok(());
    }
    let size = std::fs::metadata(target.path().join("release").join(program))?.len();
    for (what, value) in [
        ("packages", packages.len().saturating_sub(1) as f64),
        ("cpu", run.usage.cpu()),
        ("wall", run.wall),
        ("size", size as f64),
    ] {
        figures.set(PART, "build", name, what, value);
    }
    Ok(())
}

pub(crate) fn render(figures: &Figures) -> String {
    let mut table =
        Table::new(&["what", "packages it depends on", "CPU to compile", "time to compile", "program, stripped"]);
    let tool = ("tool", "**the tool `imap`**");
    for (name, title) in PROBES.iter().map(|probe| (probe.name, probe.title)).chain([tool]) {
        let value = |what: &str| figures.value(PART, "build", name, what);
        if let (Some(packages), Some(cpu), Some(wall), Some(size)) =
            (value("packages"), value("cpu"), value("wall"), value("size"))
        {
            table.row([title.to_owned(), packages.to_string(), seconds(cpu), seconds(wall), bytes(size)]);
        }
    }
    format!(
        "## What it costs to depend on it\n\nA program that connects by TLS, logs in and lists mailboxes, built with \
         `--release` from nothing. Packages are those for this platform, build scripts' included.\n\n{}\n",
        table.text()
    )
}
