//! A table of Markdown.

/// Cells by rows; the first column is text, the others are numbers.
pub(crate) struct Table {
    lines: Vec<String>,
}

impl Table {
    pub(crate) fn new(header: &[&str]) -> Self {
        let rule = (0..header.len()).map(|index| if index == 0 { "---" } else { "--:" });
        let rule = rule.collect::<Vec<_>>().join("|");
        Self { lines: vec![format!("| {} |", header.join(" | ")), format!("|{rule}|")] }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().collect();
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}
