//! A server may repeat the password or token that it was sent: what it says is printed without them.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::account::secret::Secret;

const SHOWN: &str = "<secret>";

/// A run that goes on for months is given a new token every hour: so many secrets are remembered.
const MAX_REMEMBERED: u64 = 32;

/// A form in which a secret may be repeated, and the number of the secret.
type Form = (u64, Zeroizing<String>);

/// The forms of the secrets of this run, the longest first.
static FORMS: Mutex<Vec<Form>> = Mutex::new(Vec::new());

/// Notes a secret that is going to be sent.
pub(crate) fn remember(secret: &Secret) {
    let mut forms = FORMS.lock().unwrap_or_else(PoisonError::into_inner);
    let number = forms.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
    forms.retain(|(other, _)| number - other < MAX_REMEMBERED);
    for form in forms_of(secret.reveal()) {
        // What is asked for again may be the same.
        forms.retain(|(_, other)| *other != form);
        forms.push((number, form));
    }
    forms.sort_by_key(|(_, form)| std::cmp::Reverse(form.len()));
}

/// What a server said, without the secrets.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    let forms = FORMS.lock().unwrap_or_else(PoisonError::into_inner);
    without(text, forms.iter().map(|(_, form)| form.as_str()))
}

fn without<'a, 'f>(text: &'a str, forms: impl IntoIterator<Item = &'f str>) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for form in forms {
        let mut done = 0;
        while let Some(at) = text.get(done..).and_then(|rest| rest.find(form)).map(|at| at + done) {
            let end = at + form.len();
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let inside = word(text.get(..at).and_then(|before| before.chars().next_back()))
                || word(text.get(end..).and_then(|after| after.chars().next()));
            // A secret of few letters is part of many words: only where it stands alone.
            if form.chars().count() < 4 && inside {
                done = end;
                continue;
            }
            text.to_mut().replace_range(at..end, SHOWN);
            done = at + SHOWN.len();
        }
    }
    text
}

/// The secret, as a quoted string has it, and in base64, alone and at each place within a longer text.
fn forms_of(secret: &str) -> Vec<Zeroizing<String>> {
    let mut forms = vec![secret.to_owned(), secret.replace('\\', "\\\\").replace('"', "\\\"")];
    for before in 0..3_usize {
        let octets: Zeroizing<Vec<u8>> = Zeroizing::new([&vec![0; before], secret.as_bytes()].concat());
        let digits = Zeroizing::new(STANDARD.encode(&octets));
        // The digits at the ends hold bits of the neighbours.
        let first = (before * 8).div_ceil(6);
        let inner = digits.get(first..octets.len() * 8 / 6).unwrap_or_default();
        if inner.len() >= 4 {
            forms.push(inner.to_owned());
        }
        if before == 0 {
            forms.push(digits.as_str().to_owned());
        }
    }
    let mut forms: Vec<_> = forms.into_iter().filter(|form| !form.is_empty()).map(Zeroizing::new).collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_in_every_form() {
        for secret in ["hunter2", "corr\"ect", "ab", "pä55wörter", "x\\y"] {
            let forms = forms_of(secret);
            let without_secrets = |text: &str| without(text, forms.iter().map(|form| form.as_str())).into_owned();
            assert_eq!(
                without_secrets(&format!("bad password ({secret}), {secret}!")),
                "bad password (<secret>), <secret>!"
            );
            assert_eq!(without_secrets(&format!("got {}", STANDARD.encode(secret))), "got <secret>", "{secret}");
            if secret.len() >= 6 {
                for user in ["a", "al", "ali", "alic"] {
                    let plain = STANDARD.encode(format!("\0{user}\0{secret}"));
                    assert!(without_secrets(&plain).contains(SHOWN), "{secret}: {plain}");
                }
            }
        }
        let without_secret =
            |text: &str, secret: &str| without(text, forms_of(secret).iter().map(|form| form.as_str())).into_owned();
        assert_eq!(without_secret("abbot about ab", "ab"), "abbot about <secret>");
        assert_eq!(without_secret("the server said no", "hunter2"), "the server said no");
    }

    #[test]
    fn many_secrets_of_a_long_run_are_remembered_within_bounds() {
        for number in 0..200 {
            remember(&Secret::new(format!("token-{number:04}-of-the-hour")));
        }
        remember(&Secret::new("token-0199-of-the-hour-and-more".to_owned()));
        assert_eq!(redact("token-0199-of-the-hour-and-more"), "<secret>");
        assert_eq!(redact("token-0199-of-the-hour"), "<secret>");
        assert!(FORMS.lock().unwrap().len() <= 6 * 32, "{}", FORMS.lock().unwrap().len());
    }
}
