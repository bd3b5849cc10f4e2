//! What the server is asked about itself: LANGUAGE and COMPARATOR (RFC 5255), GETJMAPACCESS (RFC 9698).

use super::{Command, Conduct, Incomplete, Tag};
use crate::parse::rare;
use crate::types::{Comparator, ImapString, StatusResponse, Untagged};
use crate::wire::Encoder;

/// LANGUAGE: the language of the texts for people: only for servers with LANGUAGE (RFC 5255, section 3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Language {
    wanted: Vec<String>,
    found: Option<Vec<ImapString>>,
}

impl Language {
    /// Asks for the first of these languages that the server has, such as `de`; for `default`, its own. Without one, it
    /// asks which there are.
    #[must_use]
    pub fn new(wanted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { wanted: wanted.into_iter().map(Into::into).collect(), found: None }
    }
}

impl Command for Language {
    /// The language that is used from now on, or those that the server has.
    type Output = Vec<ImapString>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("LANGUAGE");
        for language in &self.wanted {
            encoder.space().astring(language);
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("LANGUAGE")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match rare::languages(&response) {
            Some(found) => {
                self.found = Some(found);
                None
            }
            None => Some(response),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<ImapString>, Incomplete> {
        self.found.ok_or(Incomplete("the server said OK to LANGUAGE but sent no readable LANGUAGE response"))
    }
}

/// COMPARATOR: how texts are compared in SEARCH, SORT and THREAD: only for servers with I18NLEVEL=2 (RFC 5255, section 4.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetComparator {
    wanted: Vec<String>,
    found: Option<Comparator>,
}

impl SetComparator {
    /// Asks for the first of these comparators that the server has, in which `*` stands for any text: `i;unicode-casemap`.
    /// Without one, it asks which is used.
    #[must_use]
    pub fn new(wanted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { wanted: wanted.into_iter().map(Into::into).collect(), found: None }
    }
}

impl Command for SetComparator {
    type Output = Comparator;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("COMPARATOR");
        for name in &self.wanted {
            encoder.space().astring(name);
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("COMPARATOR")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match rare::comparator(&response) {
            Some(found) => {
                self.found = Some(found);
                None
            }
            None => Some(response),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Comparator, Incomplete> {
        self.found.ok_or(Incomplete("the server said OK to COMPARATOR but sent no readable COMPARATOR response"))
    }
}

/// GETJMAPACCESS: where the same account is served by JMAP: only for servers with JMAPACCESS (RFC 9698).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetJmapAccess {
    found: Option<ImapString>,
}

impl Command for GetJmapAccess {
    /// The URL of the JMAP session resource.
    type Output = ImapString;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("GETJMAPACCESS");
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("JMAPACCESS")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match rare::jmap_access(&response) {
            Some(found) => {
                self.found = Some(found);
                None
            }
            None => Some(response),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<ImapString, Incomplete> {
        self.found.ok_or(Incomplete("the server said OK to GETJMAPACCESS but sent no readable JMAPACCESS response"))
    }
}
