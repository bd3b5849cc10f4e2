//! The page: what each part shows of its figures.

use std::path::Path;

use crate::figures::Figures;
use crate::outcome::Outcome;
use crate::setup::Part;
use crate::{answers, cost, latency, parsing, quiet, scale, tool};

/// Writes the page from the figures that are there. What is known against the figures of a part stands at its foot.
pub(crate) fn write(folder: &Path, figures: &Figures) -> Outcome<()> {
    let charts = folder.join("performance");
    std::fs::create_dir_all(&charts)?;
    let mut text = String::from(
        "# Performance\n\nWritten by `cargo run --release --manifest-path tools/bench/Cargo.toml`; do not edit. \
         Absolute times differ from machine to machine: the ratios are what to look at.\n\n",
    );
    if figures.has("answers") {
        text.push_str(&answers::overview(figures));
    }
    for part in Part::ALL {
        if !figures.has(part.name()) {
            continue;
        }
        text.push_str(&match part {
            Part::Answers => answers::render(figures),
            Part::Parsing => parsing::render(figures),
            Part::Latency => latency::render(figures),
            Part::Scale => scale::render(figures, &charts)?,
            Part::Tool => tool::render(figures),
            Part::Growth => tool::growth::render(figures, &charts)?,
            Part::Cost => cost::render(figures),
        });
        if let Some(objection) = quiet::objection(part.name(), figures) {
            eprintln!("*** {objection}");
            text.push_str(&format!("> **Not reliable**: {objection}.\n\n"));
        }
        let note = |what: &str| figures.text(part.name(), "setup", "-", what).unwrap_or("?");
        let quick = if note("quick") == "true" { " A quick run: coarse." } else { "" };
        let with = match figures.text(part.name(), "setup", "-", "with") {
            Some(with) if !with.is_empty() => format!("; {with}"),
            _ => String::new(),
        };
        text.push_str(&format!(
            "<sub>{}; {}; {}{with}; revision {}; {}; rounds: {}.{quick}</sub>\n\n",
            note("processor"),
            note("system"),
            note("rustc"),
            note("revision"),
            quiet::remark(part.name(), figures),
            note("rounds")
        ));
    }
    std::fs::write(folder.join("performance.md"), text.trim_end().to_owned() + "\n")?;
    Ok(())
}
