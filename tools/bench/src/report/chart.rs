//! Charts with two logarithmic axes, as SVG.

use std::fmt::Write as _;
use std::path::Path;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 8] = ["#888888", "#1b6ca8", "#d1495b", "#2a9d5c", "#8f5bb5", "#e08e1b", "#17a2b8", "#6b4f3a"];

/// One subject: its name and its points.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// What is drawn.
pub(crate) struct Chart<'a> {
    pub(crate) title: &'a str,
    pub(crate) across: &'a str,
    pub(crate) up: fn(f64) -> String,
    pub(crate) lines: Vec<Line>,
}

impl Chart<'_> {
    pub(crate) fn write(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, self.svg())
    }

    fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points).filter(|(x, y)| *x > 0.0 && *y > 0.0);
        let decades = |values: Vec<f64>| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min).log10().floor();
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max).log10().ceil();
            (low, if high > low { high } else { low + 1.0 })
        };
        let across = decades(points().map(|(x, _)| *x).collect());
        let up = decades(points().map(|(_, y)| *y).collect());
        let x = |value: f64| LEFT + (value.log10() - across.0) / (across.1 - across.0) * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - (value.log10() - up.0) / (up.1 - up.0) * (HEIGHT - TOP - BOTTOM);
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
             <text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{}</text>\n",
            self.title
        );
        let mut decade = across.0;
        while decade <= across.1 {
            let (at, end) = (x(10f64.powf(decade)), HEIGHT - BOTTOM);
            let _ = writeln!(
                text,
                "<path d=\"M{at:.1} {TOP}V{end:.1}\" stroke=\"#dddddd\"/>\
                 <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                end + 18.0,
                short(10f64.powf(decade))
            );
            decade += 1.0;
        }
        let mut decade = up.0;
        while decade <= up.1 {
            let (at, end) = (y(10f64.powf(decade)), WIDTH - RIGHT);
            let _ = writeln!(
                text,
                "<path d=\"M{LEFT} {at:.1}H{end:.1}\" stroke=\"#dddddd\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                at + 4.0,
                (self.up)(10f64.powf(decade))
            );
            decade += 1.0;
        }
        let (middle, below) = ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12.0);
        let _ =
            writeln!(text, "<text x=\"{middle:.1}\" y=\"{below:.1}\" text-anchor=\"middle\">{}</text>", self.across);
        for (index, line) in self.lines.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let places: Vec<_> = line.points.iter().filter(|(a, b)| *a > 0.0 && *b > 0.0).collect();
            let path: Vec<String> = places.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
            let _ = writeln!(
                text,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join(" ")
            );
            for (a, b) in places {
                let _ = write!(text, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x(*a), y(*b));
            }
            let (at, row) = (WIDTH - RIGHT + 12.0, TOP + 14.0 + 18.0 * index as f64);
            let _ = writeln!(
                text,
                "\n<rect x=\"{at}\" y=\"{:.1}\" width=\"12\" height=\"4\" fill=\"{colour}\"/>\
                 <text x=\"{:.1}\" y=\"{row:.1}\">{}</text>",
                row - 6.0,
                at + 18.0,
                line.name
            );
        }
        text + "</svg>\n"
    }
}

/// A power of ten in few letters.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e9 => format!("{:.0} G", value / 1e9),
        value if value >= 1e6 => format!("{:.0} M", value / 1e6),
        value if value >= 1e3 => format!("{:.0} k", value / 1e3),
        _ => format!("{value}"),
    }
}
