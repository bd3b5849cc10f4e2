//! Whether the machine was quiet while a part was measured: how busy others kept it, how far its rounds scatter, and how sure the
//! medians are.

use std::path::Path;
use std::time::Duration;

use crate::figures::{Figures, median};

/// How long is watched what others do, before and after a part, while this program sleeps.
const WATCH: Duration = Duration::from_secs(3);

/// The most that others may use, in processors.
const MOST_BUSY: f64 = 0.2;

/// The most that a median may be off, as a share of it, in the usual case of a part.
const MOST_DOUBT: f64 = 0.1;

/// How many processors others keep busy; none where the system does not report it.
pub(crate) fn busy() -> Option<f64> {
    let before = ticks()?;
    std::thread::sleep(WATCH);
    let after = ticks()?;
    let (total, idle) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (total > 0).then(|| total.saturating_sub(idle) as f64 / total as f64 * processors as f64)
}

/// The time of all processors since the system started, and how much of it they were idle.
fn ticks() -> Option<(u64, u64)> {
    parse(&std::fs::read_to_string(Path::new("/proc/stat")).ok()?)
}

/// The first line is `cpu`, then user, nice, system, idle and the time that was waited for disks; guests count as users.
fn parse(stat: &str) -> Option<(u64, u64)> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8);
    let numbers: Vec<u64> = numbers.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    Some((numbers.iter().sum(), numbers.get(3)? + numbers.get(4)?))
}

/// How far the middle half of the values lies apart, as a share of the median; none of fewer than three values.
pub(crate) fn scatter(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 4;
    let middle = median(values.clone())?;
    let (first, last) = (values.get(cut)?, values.get(values.len() - 1 - cut)?);
    (values.len() > 2 && middle > 0.0).then(|| (last - first) / middle)
}

/// By how much the median of rounds that scatter so may be off: in 95 of 100 cases by less (McGill, Tukey and Larsen, 1978).
fn doubt(scatter: f64, rounds: f64) -> f64 {
    1.57 * scatter / rounds.sqrt()
}

/// Notes what others did, how the rounds scatter, in the usual case and at most, and how sure their median is.
pub(crate) fn describe(part: &str, busy: [Option<f64>; 2], figures: &mut Figures) {
    let busy = busy.into_iter().flatten().reduce(f64::max);
    let scatters = figures.all(part, "scatter");
    let most = scatters.iter().copied().reduce(f64::max);
    let usual = median(scatters);
    let doubt = usual.zip(figures.value(part, "setup", "-", "rounds")).map(|(scatter, rounds)| doubt(scatter, rounds));
    for (what, value) in [("busy", busy), ("scatter", usual), ("scatter-most", most), ("doubt", doubt)] {
        figures.set(part, "setup", "-", what, value.map_or("unknown".to_owned(), |value| format!("{value:.3}")));
    }
}

/// Why the figures of a part are not reliable.
pub(crate) fn objection(part: &str, figures: &Figures) -> Option<String> {
    let note = |what: &str| figures.text(part, "setup", "-", what);
    let value = |what: &str| figures.value(part, "setup", "-", what);
    let Some(busy) = note("busy") else {
        return Some(format!("{part}: it is not known whether the machine was quiet; measure it again"));
    };
    if value("busy").is_some_and(|busy| busy > MOST_BUSY) {
        return Some(format!("{part}: others kept {busy} processors busy, and {MOST_BUSY} is the most"));
    }
    let doubt = value("doubt").filter(|doubt| *doubt > MOST_DOUBT)?;
    Some(format!(
        "{part}: the rounds scatter so that their median may be off by {:.0} %, and {:.0} % is the most",
        doubt * 100.0,
        MOST_DOUBT * 100.0
    ))
}

/// The same for the foot of a part.
pub(crate) fn remark(part: &str, figures: &Figures) -> String {
    let note = |what: &str| figures.text(part, "setup", "-", what);
    let share = |what: &str| {
        figures.value(part, "setup", "-", what).map_or("unknown".to_owned(), |share| format!("{:.0} %", share * 100.0))
    };
    match note("busy") {
        None => format!("load {}", note("load").unwrap_or("unknown")),
        Some(busy) => format!(
            "others kept {busy} processors busy; the rounds scatter by {}, at most by {}; a median may be off by {}",
            share("scatter"),
            share("scatter-most"),
            share("doubt")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scatter_is_that_of_the_middle_half() {
        assert_eq!(scatter(vec![1.0, 2.0, 2.0, 2.0, 9.0]), Some(0.0));
        assert_eq!(scatter(vec![3.0, 1.0, 2.0]), Some(1.0));
        assert_eq!(scatter(vec![1.0, 2.0]), None);
    }

    #[test]
    fn processors_are_idle_or_wait_for_disks() {
        assert_eq!(parse("cpu  10 0 5 80 4 1 0 0 7 7\ncpu0 1 1 1 1\n"), Some((100, 84)));
        assert_eq!(parse("intr 5"), None);
    }

    #[test]
    fn figures_of_a_busy_machine_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut figures = Figures::open(folder.path()).unwrap();
        assert!(objection("answers", &figures).is_some());
        figures.set("answers", "setup", "-", "rounds", "9");
        figures.set("answers", "flags", "floor", "scatter", 0.02);
        describe("answers", [Some(0.05), Some(0.01)], &mut figures);
        assert_eq!(objection("answers", &figures), None);
        assert_eq!(
            remark("answers", &figures),
            "others kept 0.050 processors busy; the rounds scatter by 2 %, at most by 2 %; a median may be off by 1 %"
        );
        describe("answers", [Some(0.05), Some(1.4)], &mut figures);
        assert!(objection("answers", &figures).unwrap().contains("1.400"));
        figures.set("answers", "flags", "floor", "scatter", 0.5);
        describe("answers", [None, None], &mut figures);
        assert!(objection("answers", &figures).unwrap().contains("26 %"));
    }
}
