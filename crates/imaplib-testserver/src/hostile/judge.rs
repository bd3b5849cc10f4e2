//! Whether what a client made of a scenario was safe.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::outcome::{Ended, PASSWORD, Report, TOKEN, USER};
use super::scenario::{End, Scenario, Secret};

impl Scenario {
    /// What was not safe; nothing if all was.
    #[must_use]
    pub fn faults(&self, report: &Report) -> Vec<String> {
        let safe = &self.safe;
        let mut faults = Vec::new();
        match &report.ended {
            Ended::Crashed(how) => faults.push(format!("crashed: {how}")),
            Ended::Hung => faults.push("hung".to_owned()),
            Ended::Well if safe.end == End::Fails => faults.push("accepted it".to_owned()),
            Ended::Failed(_) if safe.end == End::Succeeds => faults.push("failed, though it need not".to_owned()),
            Ended::Failed(Some(kind)) if !safe.failures.is_empty() && !safe.failures.contains(kind) => {
                faults.push(format!("failed by {kind:?}, and not by {:?}", safe.failures));
            }
            _ => {}
        }
        if report.took > safe.within && report.ended != Ended::Hung {
            faults.push(format!("took {:.1} s", report.took.as_secs_f64()));
        }
        let most = report.most_memory.unwrap_or(safe.heap);
        if let Some(memory) = report.memory.filter(|memory| *memory > most) {
            faults.push(format!("took {} MiB of memory", memory >> 20));
        }
        let (clear, private) = (holds_secret(&report.heard.clear), holds_secret(&report.heard.private));
        match safe.secret {
            Secret::WithinTls | Secret::Nowhere if clear => faults.push("showed the secret in clear text".to_owned()),
            Secret::Nowhere if private => faults.push("gave the secret away".to_owned()),
            _ => {}
        }
        for text in &safe.unheard {
            if holds(&report.heard.clear, text.as_bytes()) || holds(&report.heard.private, text.as_bytes()) {
                faults.push(format!("sent {text:?}"));
            }
        }
        for text in safe.unseen.iter().filter(|text| holds(&report.told, text.as_bytes())) {
            faults.push(format!("believed {text:?}"));
        }
        if report.left_folder {
            faults.push("wrote outside its folder".to_owned());
        }
        if report.is_terminal && steers_terminal(&report.told) {
            faults.push("let control characters through".to_owned());
        }
        faults
    }
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && bytes.windows(text.len()).any(|window| window == text)
}

/// Whether the password or the token is among the bytes, as it is or in one of the forms in which SASL sends it.
fn holds_secret(bytes: &[u8]) -> bool {
    let plain = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    let bearer = STANDARD.encode(format!("n,a={USER},\u{1}auth=Bearer {TOKEN}\u{1}\u{1}"));
    let older = STANDARD.encode(format!("user={USER}\u{1}auth=Bearer {TOKEN}\u{1}\u{1}"));
    let forms = [PASSWORD.to_owned(), TOKEN.to_owned(), STANDARD.encode(PASSWORD), plain, bearer, older];
    forms.iter().any(|form| holds(bytes, form.as_bytes()))
}

/// Whether the text holds what moves a cursor, sets a clipboard or turns text round.
fn steers_terminal(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars().any(|c| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::outcome::Heard;
    use super::super::scenario;
    use super::*;

    #[test]
    fn what_is_not_safe_is_told() {
        let scenario = scenario("starttls-refused-no").unwrap();
        let safe = Report { ended: Ended::Failed(None), ..Report::default() };
        assert!(scenario.faults(&safe).is_empty());
        let clear = format!("a LOGIN {USER} {PASSWORD}\r\n").into_bytes();
        let heard = Heard { clear, private: Vec::new() };
        let unsafe_one = Report { heard, is_terminal: true, told: b"\x1b[2J".to_vec(), ..Report::default() };
        assert_eq!(scenario.faults(&unsafe_one).len(), 3, "{:?}", scenario.faults(&unsafe_one));
        let slow = Report { took: Duration::from_secs(60), memory: Some(1 << 40), ..safe };
        assert_eq!(scenario.faults(&slow).len(), 2);
    }
}
