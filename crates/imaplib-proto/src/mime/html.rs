//! Text of HTML: what a browser would show, without its looks.
//!
//! Tags are found here, as the HTML standard finds them; the library decodes the character references and joins blanks.
//! It receives only text and line breaks, because it often mistakes text for a tag, and a tag for text.

/// Elements that begin and end a line.
const BLOCKS: [&str; 36] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tr",
    "ul",
];

/// Elements that are not displayed; what they contain is not HTML.
const HIDDEN: [&str; 4] = ["script", "style", "title", "template"];

/// A tag that never ends is looked through to the end of the text: so often, and no more.
const MAX_ENDLESS: u32 = 20;

/// What stands in HTML to be read.
pub(super) fn to_text(html: &str) -> String {
    mail_parser::decoders::html::html_to_text(&prepared(html))
}

/// The HTML with no tags but those of line breaks.
fn prepared(html: &str) -> String {
    let mut out = Prepared { text: String::with_capacity(html.len()), is_line_start: true, pre: 0 };
    let mut ends = Ends { last: html.rfind('>').unwrap_or_default(), endless: 0 };
    let mut rest = html;
    while let Some((text, from_tag)) = rest.find('<').and_then(|at| rest.split_at_checked(at)) {
        out.text(text);
        let at = html.len() - from_tag.len();
        let length = match markup(from_tag, at, &mut ends) {
            Markup::None => {
                out.text("<");
                1
            }
            Markup::Comment(length) => length,
            Markup::Tag { name, is_end, length } => {
                let name = name.to_ascii_lowercase();
                let behind = from_tag.get(length..).unwrap_or_default();
                if HIDDEN.contains(&name.as_str()) && !is_end {
                    length + hidden(behind, &name)
                } else {
                    out.tag(&name, is_end);
                    length
                }
            }
        };
        rest = from_tag.get(length..).unwrap_or_default();
    }
    out.text(rest);
    out.text
}

enum Markup<'a> {
    /// A `<` that is text.
    None,
    /// Nothing to be seen, of this length.
    Comment(usize),
    Tag {
        name: &'a str,
        is_end: bool,
        length: usize,
    },
}

/// Where tags can end.
struct Ends {
    /// The place of the last `>`: no tag behind it ends.
    last: usize,
    /// How many tags had an opening quotation mark too many.
    endless: u32,
}

/// What begins with a `<`, which stands at a place of the whole.
fn markup<'a>(html: &'a str, at: usize, ends: &mut Ends) -> Markup<'a> {
    let behind = html.get(1..).unwrap_or_default();
    if let Some(comment) = behind.strip_prefix("!--") {
        return Markup::Comment(4 + comment_length(comment));
    }
    let (name, is_end) = behind.strip_prefix('/').map_or((behind, false), |name| (name, true));
    let first = name.chars().next();
    // Nothing ends it: a browser would hide the rest.
    if at >= ends.last {
        return Markup::None;
    }
    match first {
        Some(first) if first.is_ascii_alphabetic() => {}
        // `<!DOCTYPE …>`, `<?xml …>`, `</>`, and what is like them.
        Some('!' | '?') if !is_end => return Markup::Comment(html.find('>').map_or(1, |end| end + 1)),
        Some(first) if is_end && !first.is_whitespace() && !first.is_ascii_digit() => {
            return Markup::Comment(html.find('>').map_or(1, |end| end + 1));
        }
        _ => return Markup::None,
    }
    let name_end = name.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(name.len());
    let name = name.get(..name_end).unwrap_or_default();
    // `Ann <ann@example.org>` and `<https://…>`, which no program should have left as they are.
    if name.contains('@') || ["http:", "https:", "mailto:"].iter().any(|scheme| name.eq_ignore_ascii_case(scheme)) {
        return Markup::None;
    }
    let from = 1 + usize::from(is_end) + name_end;
    match tag_end(html, from, ends) {
        Some(length) => Markup::Tag { name, is_end, length },
        None => Markup::None,
    }
}

/// Where a tag ends, given where its name does: a `>` in the quotation marks of a value is a part of the value.
fn tag_end(html: &str, from: usize, ends: &mut Ends) -> Option<usize> {
    let bytes = html.as_bytes();
    let (mut at, mut may_quote) = (from, false);
    while let Some(byte) = bytes.get(at).filter(|_| ends.endless < MAX_ENDLESS) {
        match byte {
            b'>' => return Some(at + 1),
            b'"' | b'\'' if may_quote => {
                let behind = bytes.get(at + 1..).unwrap_or_default();
                match behind.iter().position(|other| other == byte) {
                    Some(length) => at += length + 1,
                    None => break,
                }
                may_quote = false;
            }
            b'=' => may_quote = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => may_quote = false,
        }
        at += 1;
    }
    // A quotation mark too many: it ends where it would end without.
    ends.endless = ends.endless.saturating_add(1);
    html.get(from..).and_then(|rest| rest.find('>')).map(|end| from + end + 1)
}

/// The length of a comment behind its `<!--`. One that has no end goes to the end.
fn comment_length(comment: &str) -> usize {
    for empty in [">", "->"] {
        if comment.starts_with(empty) {
            return empty.len();
        }
    }
    let mut at = 0;
    while let Some(dashes) = comment.get(at..).and_then(|rest| rest.find("--")).map(|found| at + found) {
        let behind = comment.get(dashes + 2..).unwrap_or_default();
        if let Some(end) = [">", "!>"].iter().find(|end| behind.starts_with(**end)) {
            return dashes + 2 + end.len();
        }
        at = dashes + 1;
    }
    comment.len()
}

/// The length of what an element hides, its end tag included.
fn hidden(html: &str, name: &str) -> usize {
    let mut at = 0;
    while let Some(start) = html.get(at..).and_then(|rest| rest.find("</")).map(|found| at + found) {
        at = start + 2;
        let Some(named) = html.get(at..at + name.len()).filter(|named| named.eq_ignore_ascii_case(name)) else {
            continue;
        };
        at += named.len();
        let rest = html.get(at..).unwrap_or_default();
        if rest.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')) || rest.is_empty() {
            return at + rest.find('>').map_or(rest.len(), |end| end + 1);
        }
    }
    html.len()
}

struct Prepared {
    text: String,
    is_line_start: bool,
    /// How many elements are open in which line ends count.
    pre: u32,
}

impl Prepared {
    fn text(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                if self.pre > 0 {
                    self.line_end();
                } else if !self.is_line_start {
                    self.text.push('\n');
                }
            }
            // Blanks at the beginning of a line are not seen.
            let line = if self.is_line_start { line.trim_ascii_start() } else { line };
            self.is_line_start &= line.is_empty();
            for (number, piece) in line.split('<').enumerate() {
                if number > 0 {
                    self.text.push_str("&lt;");
                }
                self.text.push_str(piece);
            }
        }
    }

    fn line_end(&mut self) {
        self.text.push_str("<br>");
        self.is_line_start = true;
    }

    fn tag(&mut self, name: &str, is_end: bool) {
        if name == "pre" {
            self.pre = if is_end { self.pre.saturating_sub(1) } else { self.pre.saturating_add(1) };
        }
        match name {
            "br" => self.line_end(),
            // A paragraph has a line of its own, even if nothing is in it.
            "p" if is_end => self.line_end(),
            "td" | "th" if is_end => self.text.push(' '),
            _ if BLOCKS.contains(&name) && !self.is_line_start => self.line_end(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_seen_and_tags_are_not() {
        for (html, text) in [
            ("<p>if x < 5 then pay 100 EUR</p>", "if x < 5 then pay 100 EUR\n"),
            ("temp <5 and x<=7", "temp <5 and x<=7"),
            ("more <3 you", "more <3 you"),
            ("a << b <- c <> d < ", "a << b <- c <> d <"),
            ("1</2 and </ 3", "1</2 and </ 3"),
            ("the end <", "the end <"),
            ("a <b and no end", "a <b and no end"),
            ("<img alt=\"a > b\" src=x>after", "after"),
            ("<a title='x > \"y\"' href = \"z>\">link</a> behind", "link behind"),
            ("<a href=\"x>text</a> behind", "text behind"),
            ("<a it's>one</a> don't", "one don't"),
            ("<A HREF=x>a</A><B>b</B>c", "abc"),
            ("Hello <b>bold</b> and <i>more</i>.", "Hello bold and more."),
            ("a<br>b <i>c</i> d<br clear=all/>e", "a\nb c d\ne"),
            ("<div>a</div><div>b</div>c<p class=x>d</p>e", "a\nb\nc\nd\ne"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d", "a b\nc\nd"),
            ("<ul>\n <li>a</li>\n <li>b</li>\n</ul>", "a\nb\n"),
            ("<pre>a\n  b</pre>c\nd", "a\nb\nc d"),
            ("<html><head><title>no</title><body>text", "text"),
            ("<head><meta charset=utf-8></head>x<style type=\"text/css\">p > a { }</style>y", "xy"),
            ("a<script>if (x < y) { \"</p>\" } </scriptx> </SCRIPT >b", "ab"),
            ("a<style>never ended", "a"),
            // A quotation mark within a value begins nothing.
            ("<a x=b\">c\"d>e", "c\"d>e"),
            ("<a x= \"b>\">c", "c"),
            ("a<!-- b > c -- d --->e<!-->f<!--->g<!-- h --!>i", "aefgi"),
            ("a<!--[if mso]><p>b</p><![endif]-->c<![if !mso]>d<![endif]>e", "acde"),
            ("<!DOCTYPE html><?xml x?>a</>b", "ab"),
            ("Ann <ann@example.org> at <https://example.org/x>", "Ann <ann@example.org> at <https://example.org/x>"),
            ("a &lt;b&gt; &amp;lt; &eacute;&#x20ac; AT&T & Co; x<y&gt;", "a <b> &lt; é€ AT&T & Co; x<y>"),
            ("<o:p>a</o:p> <é>", "a <é>"),
            ("", ""),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn long_texts_take_no_longer_than_they_are() {
        for unit in
            ["<", "<a ", "<a x=\"", "<a x=\">\" ", "<a x='>", "<!--", "</", "</style", "<style>", "<pre>\n", "<!"]
        {
            for end in ["", ">", "\">"] {
                let html = unit.repeat((1 << 20) / unit.len()) + end;
                let start = std::time::Instant::now();
                let _ = to_text(&html);
                assert!(start.elapsed() < std::time::Duration::from_secs(5), "{unit}: {:?}", start.elapsed());
            }
        }
    }
}
