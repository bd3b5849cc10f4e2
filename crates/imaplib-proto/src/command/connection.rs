//! Commands about the connection itself: CAPABILITY, NOOP, LOGOUT, STARTTLS, UNAUTHENTICATE, ENABLE, ID, NAMESPACE, IDLE.

use super::{Command, Conduct, Continue, Dialog, Effect, Incomplete, Tag, word_commands};
use crate::types::{self, Capabilities, ImapString, Namespaces, ResponseCode, StatusResponse, Untagged};
use crate::wire::Encoder;

word_commands! {
    /// NOOP: nothing, and a chance for the server to report changes (RFC 9051, section 6.1.2).
    Noop = "NOOP";
    /// LOGOUT (RFC 9051, section 6.1.3).
    Logout = "LOGOUT", Effect::LogsOut;
    /// STARTTLS (RFC 9051, section 6.2.1).
    StartTls = "STARTTLS", Effect::StartsTls;
    /// COMPRESS: both sides compress from the next byte on (RFC 4978).
    Compress = "COMPRESS DEFLATE", Effect::StartsCompression;
    /// UNAUTHENTICATE: nobody is logged in any more, and another user can log in (RFC 8437).
    Unauthenticate = "UNAUTHENTICATE", Effect::Unauthenticates;
}

/// CAPABILITY: asks what the server can do (RFC 9051, section 6.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capability {
    found: Option<Capabilities>,
}

impl Command for Capability {
    type Output = Capabilities;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("CAPABILITY");
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("CAPABILITY")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Capability(list) => self.found = Some(list),
            other => return Some(other),
        }
        None
    }

    fn finish(self, completion: &StatusResponse) -> Result<Capabilities, Incomplete> {
        match (self.found, &completion.code) {
            (Some(list), _) => Ok(list),
            (None, Some(ResponseCode::Capability(list))) => Ok(list.clone()),
            _ => Err(Incomplete("the server listed no capabilities")),
        }
    }
}

/// ENABLE: switches extensions on for the rest of the connection (RFC 9051, section 6.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enable {
    names: Vec<String>,
    enabled: Option<Capabilities>,
    trusting: bool,
}

impl Enable {
    /// Switches on the extensions with these names, such as `CONDSTORE`.
    #[must_use]
    pub fn new<I: IntoIterator<Item = S>, S: Into<String>>(names: I) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), enabled: None, trusting: false }
    }

    /// Treats an OK without ENABLED as success, as iCloud means it. A server that obeys the standard means by this that
    /// it switched nothing on (RFC 5161, section 3.1).
    #[must_use]
    pub fn trusting(mut self) -> Self {
        self.trusting = true;
        self
    }
}

impl Enable {
    fn all(&self) -> Capabilities {
        self.names.iter().map(String::as_str).collect()
    }
}

impl Command for Enable {
    /// What the server switched on; it may be less than was asked for.
    type Output = Capabilities;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("ENABLE");
        if self.names.is_empty() {
            encoder.refuse("list of extensions (it is empty)", "");
        }
        for name in &self.names {
            encoder.space().atom(name);
        }
    }

    fn conduct(&self) -> Conduct {
        let conduct = Conduct::with_effect(Effect::Enables);
        if self.trusting { conduct.implies(Untagged::Enabled(self.all())) } else { conduct }
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Enabled(list) => {
                self.enabled = Some(list);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Capabilities, Incomplete> {
        let implied = || if self.trusting { self.all() } else { Capabilities::default() };
        Ok(self.enabled.clone().unwrap_or_else(implied))
    }
}

/// ID: states who the client is and asks who the server is (RFC 2971).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id {
    fields: types::Id,
    answer: Option<types::Id>,
}

impl Id {
    /// Sends these fields; none is `NIL`.
    #[must_use]
    pub fn new(fields: types::Id) -> Self {
        Self { fields, answer: None }
    }
}

impl Command for Id {
    /// How the server describes itself; empty if it does not.
    type Output = types::Id;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("ID ");
        if self.fields.is_empty() {
            // An empty list is refused by some servers.
            encoder.raw("NIL");
        } else {
            encoder.list(self.fields.iter(), |encoder, (name, value)| encoder.string(name).space().nstring(value));
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("ID")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Id(id) => {
                self.answer = Some(id);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<types::Id, Incomplete> {
        Ok(self.answer.unwrap_or_default())
    }
}

/// NAMESPACE: where mailboxes lie (RFC 9051, section 6.3.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    found: Option<Namespaces>,
}

impl Command for Namespace {
    type Output = Namespaces;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("NAMESPACE");
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("NAMESPACE")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Namespace(found) => {
                self.found = Some(found);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Namespaces, Incomplete> {
        self.found.ok_or(Incomplete("the server said OK to NAMESPACE but sent no NAMESPACE response"))
    }
}

/// IDLE (RFC 9051, section 6.3.13). It ends when the caller has the engine send DONE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Idle;

impl Command for Idle {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("IDLE");
    }

    fn conduct(&self) -> Conduct {
        Conduct::with_effect(Effect::Idles)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }

    fn dialog(&mut self) -> Option<&mut dyn Dialog> {
        Some(self)
    }
}

impl Dialog for Idle {
    fn on_continuation(&mut self, _text: &ImapString) -> Continue {
        Continue::Ready
    }
}
