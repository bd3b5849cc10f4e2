//! Names of files that messages give: they stay in their folder, and no terminal, shell or file system takes them amiss.

use crate::output::escape;

const MAX_NAME: usize = 180;

/// A name for a file from what a message says: the last component, nothing that a shell, a terminal or a file system
/// takes amiss.
pub(crate) fn safe_name(wanted: &str, fallback: &str) -> String {
    let last = wanted.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last
        .chars()
        .map(|c| if escape::is_dangerous(c) || matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    // A leading dot hides the file, a leading dash is an option to many programs.
    let safe = safe.trim().trim_start_matches(['.', '-', '~']).trim_end_matches(['.', ' ']);
    let stem = safe.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || (stem.len() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")));
    let name = if safe.is_empty() {
        fallback.to_owned()
    } else if device {
        format!("_{safe}")
    } else {
        safe.to_owned()
    };
    shorten(&name)
}

/// Cuts in the middle of the name, so that the extension stays.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    let mut short = String::new();
    for c in stem.chars() {
        if short.len() + c.len_utf8() + extension.len() > MAX_NAME {
            break;
        }
        short.push(c);
    }
    short.push_str(extension);
    short
}

/// The stem and the extension with its dot; an extension is short.
pub(crate) fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= 16 => name.split_at(at),
        _ => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        for (wanted, expected) in [
            ("report.pdf", "report.pdf"),
            ("../../.bashrc", "bashrc"),
            ("/etc/passwd", "passwd"),
            ("C:\\Windows\\x.exe", "x.exe"),
            ("..", "attachment"),
            ("", "attachment"),
            ("-rf", "rf"),
            ("a\u{1b}[2J\u{202e}b\n.txt", "a_[2J_b_.txt"),
            ("nul.txt", "_nul.txt"),
            ("größe.txt", "größe.txt"),
        ] {
            assert_eq!(safe_name(wanted, "attachment"), expected);
        }
        let long = safe_name(&format!("{}.pdf", "ü".repeat(500)), "x");
        assert!(long.len() <= MAX_NAME && long.ends_with(".pdf"));
    }
}
