//! File names from messages: safe for the folder, the terminal, the shell and the file system.

use crate::output::escape;
use imaplib_archive::file_system::is_device_name;

const MAX_NAME: usize = 180;

/// A file name made of a name in a message: its last component, without anything that a shell, a terminal or a file
/// system treats specially.
pub(crate) fn safe_name(wanted: &str, fallback: &str) -> String {
    let last = wanted.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut safe = String::with_capacity(last.len());
    let mut chars = last.chars().peekable();
    while let Some(c) = chars.next() {
        let is_hidden = match c {
            '\u{200c}' | '\u{200d}' => !joins(safe.chars().next_back(), chars.peek().copied()),
            _ => is_invisible(c),
        };
        let is_unsafe = is_hidden || escape::is_dangerous(c) || matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|');
        safe.push(if is_unsafe { '_' } else { c });
    }
    // A leading dot hides the file, a leading dash is an option to many programs.
    let safe = safe.trim().trim_start_matches(['.', '-', '~']).trim_end_matches(['.', ' ']);
    let name = if safe.is_empty() {
        fallback.to_owned()
    } else if is_device_name(safe) {
        format!("_{safe}")
    } else {
        safe.to_owned()
    };
    shorten(&name)
}

/// Whether a joiner (ZWNJ, ZWJ) between these changes how they are written: in scripts whose letters join, and in emoji.
/// Elsewhere it only makes two names that look the same.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let is_joining = |c: char| {
        matches!(c,
            // Arabic to N'Ko, Samaritan to Arabic extended, Indic scripts to Sinhala, Tibetan, Myanmar, Khmer, Mongolian.
            '\u{600}'..='\u{7ff}' | '\u{800}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}'
            | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{1e900}'..='\u{1e95f}')
    };
    let is_emoji = |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}');
    match (before, after) {
        (Some(before), Some(after)) => {
            (is_joining(before) && is_joining(after)) || (is_emoji(before) && is_emoji(after))
        }
        _ => false,
    }
}

/// Characters that are not seen and change nothing that is.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2060}'
            ..='\u{2064}' | '\u{3164}' | '\u{ffa0}'
    )
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
            ("NUL", "_NUL"),
            ("con .tar.gz", "_con .tar.gz"),
            ("COM1", "_COM1"),
            ("lpt9.pdf", "_lpt9.pdf"),
            ("COM¹.txt", "_COM¹.txt"),
            ("LPT³", "_LPT³"),
            ("CONIN$", "_CONIN$"),
            ("conout$.log", "_conout$.log"),
            ("comb.txt", "comb.txt"),
            ("com0.txt", "com0.txt"),
            ("com10.txt", "com10.txt"),
            ("lpta", "lpta"),
            ("com⁴", "com⁴"),
            ("console.txt", "console.txt"),
            ("conin.txt", "conin.txt"),
            ("aux_1", "aux_1"),
            ("größe.txt", "größe.txt"),
            // A joiner that the script needs, and ones that only hide.
            ("می\u{200c}خواهم.pdf", "می\u{200c}خواهم.pdf"),
            ("क\u{94d}\u{200d}ष.txt", "क\u{94d}\u{200d}ष.txt"),
            ("👩\u{200d}💻.png", "👩\u{200d}💻.png"),
            ("inv\u{200c}oice.pdf", "inv_oice.pdf"),
            ("می\u{200c}.pdf", "می_.pdf"),
            ("\u{200d}x", "_x"),
            ("a\u{200b}\u{ad}\u{2060}b", "a___b"),
            ("a\u{200f}\u{2066}b\u{202e}", "a__b_"),
        ] {
            assert_eq!(safe_name(wanted, "attachment"), expected);
        }
        let long = safe_name(&format!("{}.pdf", "ü".repeat(500)), "x");
        assert!(long.len() <= MAX_NAME && long.ends_with(".pdf"));
    }
}
