//! A server may repeat the password or token that it was sent: what it says is printed without them.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::secret::Secret;

const SHOWN: &str = "<secret>";

/// The forms of all secrets of this run, the longest first.
static FORMS: Mutex<Vec<Zeroizing<String>>> = Mutex::new(Vec::new());

/// Notes a secret that is going to be sent.
pub(crate) fn remember(secret: &Secret) {
    let mut forms = FORMS.lock().unwrap_or_else(PoisonError::into_inner);
    forms.extend(forms_of(secret.reveal()));
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
}

/// What a server said, without the secrets.
pub(crate) fn scrub(text: &str) -> Cow<'_, str> {
    let forms = FORMS.lock().unwrap_or_else(PoisonError::into_inner);
    without(text, &forms)
}

fn without<'a>(text: &'a str, forms: &[Zeroizing<String>]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for form in forms {
        let mut done = 0;
        while let Some(at) = text.get(done..).and_then(|rest| rest.find(form.as_str())).map(|at| at + done) {
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
        let digits = Zeroizing::new(base64(&octets));
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

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(octets.len().div_ceil(3) * 4);
    for group in octets.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(group.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).ok().and_then(|value| DIGITS.get(value));
            out.push(digit.filter(|_| at as usize <= group.len()).map_or('=', |digit| char::from(*digit)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn a_secret_goes_in_every_form() {
        for secret in ["hunter2", "corr\"ect", "ab", "pä55wörter", "x\\y"] {
            let forms = forms_of(secret);
            let scrub = |text: &str| without(text, &forms).into_owned();
            assert_eq!(scrub(&format!("bad password ({secret}), {secret}!")), "bad password (<secret>), <secret>!");
            assert_eq!(scrub(&format!("got {}", base64(secret.as_bytes()))), "got <secret>", "{secret}");
            if secret.len() >= 6 {
                for user in ["a", "al", "ali", "alic"] {
                    let plain = base64(format!("\0{user}\0{secret}").as_bytes());
                    assert!(scrub(&plain).contains(SHOWN), "{secret}: {plain}");
                }
            }
        }
        assert_eq!(without("abbot about ab", &forms_of("ab")), "abbot about <secret>");
        assert_eq!(without("the server said no", &forms_of("hunter2")), "the server said no");
    }
}
