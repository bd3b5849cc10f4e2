//! File names from messages: safe for the folder, the terminal, the shell and the file system.

use crate::output::terminal;
use imaplib_archive::file_system::is_device_name;

const MAX_NAME: usize = 180;

/// A file name made of a name in a message: its last component, without anything that a shell, a terminal or a file
/// system treats specially.
pub(crate) fn safe_name(wanted: &str, fallback: &str) -> String {
    let last = wanted.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut safe = String::with_capacity(last.len());
    let mut chars = last.chars().peekable();
    while let Some(c) = chars.next() {
        let is_hidden = is_invisible(c) && !is_seen(c, safe.chars().next_back(), chars.peek().copied());
        let is_unsafe = is_hidden || terminal::is_dangerous(c) || matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|');
        safe.push(match c {
            _ if is_unsafe => '_',
            // Blanks of other widths make names that look the same.
            c if c.is_whitespace() => ' ',
            c => c,
        });
    }
    // A leading dot hides the file, a leading dash is an option to many programs, and blanks at the ends are not seen.
    let is_lead = |c: char| c.is_whitespace() || matches!(c, '.' | '-' | '~');
    let is_tail = |c: char| c.is_whitespace() || c == '.';
    let safe = safe.trim_start_matches(is_lead).trim_end_matches(is_tail);
    let name = if safe.is_empty() {
        fallback.to_owned()
    } else if is_device_name(safe) {
        format!("_{safe}")
    } else {
        safe.to_owned()
    };
    shorten(&name).trim_end_matches(is_tail).to_owned()
}

/// Whether an invisible character between these changes how they are written: a joiner in scripts whose letters join, and in
/// emoji; a variation selector behind what has variants. Elsewhere it only makes two names that look the same.
fn is_seen(c: char, before: Option<char>, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match c {
        '\u{200c}' | '\u{200d}' => after.is_some_and(|after| joins(before, after)),
        // Text or emoji; the keys of a telephone are digits with a frame around them.
        '\u{fe0e}' | '\u{fe0f}' => is_emoji(before) || (before.is_ascii_digit() && after == Some('\u{20e3}')),
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => is_ideograph(before),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => ('\u{1820}'..='\u{18aa}').contains(&before),
        _ => false,
    }
}

fn joins(before: char, after: char) -> bool {
    let is_joining = |c: char| {
        matches!(c,
            // Arabic to N'Ko, Samaritan to Arabic extended, Indic scripts to Sinhala, Tibetan, Myanmar, Khmer, Mongolian.
            '\u{600}'..='\u{7ff}' | '\u{800}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}'
            | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{1e900}'..='\u{1e95f}')
    };
    (is_joining(before) && is_joining(after)) || ((is_emoji(before) || before == '\u{fe0f}') && is_emoji(after))
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Characters that are not seen and change nothing that is: those that Unicode lets programs ignore
/// (Default_Ignorable_Code_Point), the blank of Braille, and those that are none.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
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
            ("- -rf", "rf"),
            (" . ~ -\u{a0}- x .txt . ", "x .txt"),
            ("- . ~", "attachment"),
            (". nul", "_nul"),
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
            // A variation selector behind what has variants, and ones that only hide.
            ("❤\u{fe0f}.png", "❤\u{fe0f}.png"),
            ("🏳\u{fe0f}\u{200d}🌈.png", "🏳\u{fe0f}\u{200d}🌈.png"),
            ("1\u{fe0f}\u{20e3}.txt", "1\u{fe0f}\u{20e3}.txt"),
            ("葛\u{e0100}.pdf", "葛\u{e0100}.pdf"),
            ("\u{1820}\u{180b}.txt", "\u{1820}\u{180b}.txt"),
            ("a\u{fe0f}.txt", "a_.txt"),
            ("1\u{fe0f}.txt", "1_.txt"),
            ("❤\u{fe0f}\u{fe0f}.png", "❤\u{fe0f}_.png"),
            ("inv\u{e0100}oice\u{e0020}.pdf", "inv_oice_.pdf"),
            ("a\u{2800}\u{17b4}\u{3164}\u{ffff}\u{1fffe}b", "a_____b"),
            // Blanks of all widths are one character each, and none of them ends a name.
            ("a\u{a0}b\u{2003}c\u{3000}", "a b c"),
        ] {
            assert_eq!(safe_name(wanted, "attachment"), expected);
        }
        let long = safe_name(&format!("{}.pdf", "ü".repeat(500)), "x");
        assert!(long.len() <= MAX_NAME && long.ends_with(".pdf"));
        let cut = safe_name(&format!("{} .{}", "a".repeat(MAX_NAME - 1), "b".repeat(50)), "x");
        assert_eq!(cut, "a".repeat(MAX_NAME - 1));
    }
}
