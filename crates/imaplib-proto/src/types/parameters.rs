//! Parameters of a MIME header field.

use std::fmt;
use std::ops::Deref;

use super::ImapString;

/// Parameters of a MIME header field: names and values, in the order sent.
///
/// ```
/// use imaplib_proto::types::Parameters;
/// let parameters = Parameters::from([("CHARSET", "utf-8")]);
/// assert_eq!(parameters.value("charset").unwrap(), &"utf-8");
/// assert_eq!(parameters.len(), 1);
/// ```
#[derive(Clone, Default)]
pub struct Parameters(List);

/// Most parts have one parameter, or none.
#[derive(Clone, Default)]
enum List {
    #[default]
    Empty,
    One((ImapString, ImapString)),
    More(Vec<(ImapString, ImapString)>),
}

impl Parameters {
    /// The value of the first parameter of this name, in any case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&ImapString> {
        self.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Adds a parameter with an empty name and an empty value, to be filled where it lies.
    #[inline]
    pub(crate) fn add(&mut self) -> Option<&mut (ImapString, ImapString)> {
        match &mut self.0 {
            list @ List::Empty => *list = List::One(Default::default()),
            list @ List::One(_) => {
                if let List::One(first) = std::mem::take(list) {
                    *list = List::More(vec![first, Default::default()]);
                }
            }
            List::More(parameters) => parameters.push(Default::default()),
        }
        match &mut self.0 {
            List::Empty => None,
            List::One(parameter) => Some(parameter),
            List::More(parameters) => parameters.last_mut(),
        }
    }
}

impl Deref for Parameters {
    type Target = [(ImapString, ImapString)];

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            List::Empty => &[],
            List::One(parameter) => std::slice::from_ref(parameter),
            List::More(parameters) => parameters,
        }
    }
}

impl<'a> IntoIterator for &'a Parameters {
    type Item = &'a (ImapString, ImapString);
    type IntoIter = std::slice::Iter<'a, (ImapString, ImapString)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<N: Into<ImapString>, V: Into<ImapString>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(parameters: I) -> Self {
        let mut all: Vec<_> = parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        match (all.pop(), all.is_empty()) {
            (None, _) => Self::default(),
            (Some(only), true) => Self(List::One(only)),
            (Some(last), false) => {
                all.push(last);
                Self(List::More(all))
            }
        }
    }
}

impl<N: Into<ImapString>, V: Into<ImapString>, const LENGTH: usize> From<[(N, V); LENGTH]> for Parameters {
    fn from(parameters: [(N, V); LENGTH]) -> Self {
        parameters.into_iter().collect()
    }
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Parameters {}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
