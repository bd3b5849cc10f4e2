//! The figures: kept as lines of text, so that one part can be measured again without the others.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Figures by part, case, subject and what was measured, in that order.
pub(crate) struct Figures {
    path: PathBuf,
    values: BTreeMap<[String; 4], String>,
}

impl Figures {
    /// Reads the figures that are there.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("figures.tsv");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let values = text.lines().filter_map(|line| {
            let mut words = line.splitn(5, '\t').map(str::to_owned);
            Some(([words.next()?, words.next()?, words.next()?, words.next()?], words.next()?))
        });
        Ok(Self { path, values: values.collect() })
    }

    /// Forgets the figures of a part that is about to be measured again.
    pub(crate) fn clear(&mut self, part: &str) {
        self.values.retain(|key, _| key[0] != part);
    }

    pub(crate) fn set(&mut self, part: &str, case: &str, subject: &str, what: &str, value: impl ToString) {
        let text = value.to_string().replace(['\t', '\n'], " ");
        self.values.insert([part, case, subject, what].map(str::to_owned), text);
    }

    pub(crate) fn text(&self, part: &str, case: &str, subject: &str, what: &str) -> Option<&str> {
        self.values.get(&[part, case, subject, what].map(str::to_owned)).map(String::as_str)
    }

    pub(crate) fn value(&self, part: &str, case: &str, subject: &str, what: &str) -> Option<f64> {
        self.text(part, case, subject, what)?.parse().ok()
    }

    /// All subjects of a case, in the order of the alphabet.
    pub(crate) fn subjects(&self, part: &str, case: &str) -> impl Iterator<Item = &str> {
        let found = self.values.keys().filter(move |key| key[0] == part && key[1] == case);
        let mut names: Vec<&str> = found.map(|key| key[2].as_str()).collect();
        names.dedup();
        names.into_iter()
    }

    /// All values of this kind in a part.
    pub(crate) fn all(&self, part: &str, what: &str) -> Vec<f64> {
        let found = self.values.iter().filter(|(key, _)| key[0] == part && key[1] != "setup" && key[3] == what);
        found.filter_map(|(_, value)| value.parse().ok()).collect()
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.values.keys().any(|key| key[0] == part)
    }

    pub(crate) fn save(&self) -> io::Result<()> {
        let lines = self.values.iter().map(|(key, value)| format!("{}\t{value}\n", key.join("\t")));
        std::fs::write(&self.path, lines.collect::<String>())
    }
}

/// The middle of the values; the mean of the two in the middle if there is none.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn a_part_is_measured_again_without_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let mut figures = Figures::open(folder.path()).unwrap();
        figures.set("scale", "a", "floor", "cpu", 0.5);
        figures.set("tool", "b", "imap", "wall", 2);
        figures.save().unwrap();
        let mut again = Figures::open(folder.path()).unwrap();
        assert_eq!(again.value("scale", "a", "floor", "cpu"), Some(0.5));
        again.clear("scale");
        assert!(!again.has("scale") && again.has("tool"));
    }
}
