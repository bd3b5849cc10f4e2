//! `imap check ACCOUNT`

mod certificate;

use std::path::Path;
use std::time::Instant;

use imaplib::blocking::{Client, Session};
use imaplib::command::Namespace as Namespaces;
use imaplib::types::{Capabilities, Capability, Diagnostic, Id, ImapString, Namespace};
use serde_json::{Map, Value, json};

use crate::account::connector::Connector;
use crate::args::Check;
use crate::error::library::failure;
use crate::error::{Cause, Exit, Failure, Result};
use crate::output::json::{bytes, key};
use crate::output::trace::redact;
use crate::output::{self, Output};

const ROUND_TRIPS: u32 = 3;

/// This many bytes of what cannot be read are shown.
const SHOWN: usize = 60;

pub(crate) fn run(args: &Check, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let connector = Connector::to(&args.access, config)?;
    let started = Instant::now();
    let client = connector.open()?;
    let mut facts = Map::new();
    facts.insert("account".to_owned(), connector.account.label.clone().into());
    facts.insert("connect_ms".to_owned(), milliseconds(started).into());
    let greeting = client.greeting().filter(|_| !connector.greets_before_tls());
    facts.insert("greeting".to_owned(), greeting.map(|greeting| bytes(greeting.text.as_bytes())).into());
    facts.insert("tls".to_owned(), tls(&client));
    facts.insert("capabilities_before_login".to_owned(), names(client.capabilities()));
    let mut session = connector.login(client)?;
    facts.insert("capabilities".to_owned(), names(session.capabilities()));
    let mut asked = Asked::default();
    after_login(&mut session, &mut facts, &mut asked);
    if asked.lost.is_none() {
        let _ = session.logout();
    }
    let mut facts = Value::Object(facts);
    scrub_all(&mut facts);
    if out.is_json() {
        out.object(&facts)?
    } else {
        print(&facts, out)?
    }
    match asked.lost {
        Some(failure) => Err(failure),
        None => Ok(Exit::partial_if(asked.has_failed)),
    }
}

/// How the server answered what it was asked. What fails is reported and left out: the rest is still worth knowing.
#[derive(Default)]
struct Asked {
    has_failed: bool,
    /// Why nothing more can be asked.
    lost: Option<Failure>,
}

impl Asked {
    /// The answer to the command of this name, unless there is none.
    fn ask<T>(&mut self, name: &str, command: impl FnOnce() -> imaplib::Result<T>) -> Option<T> {
        if self.lost.is_some() {
            return None;
        }
        let failure = match command() {
            Ok(value) => return Some(value),
            // Without the hints, which are about what the user wanted.
            Err(error) => failure(&error).context(name),
        };
        match failure.leaves() {
            Cause::Connection if failure.exit() != Exit::Protocol => self.lost = Some(failure),
            _ => output::note(failure.message()),
        }
        self.has_failed = true;
        None
    }
}

impl Asked {
    /// Reports what of an answer cannot be read.
    fn look(&mut self, name: &str, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let raw =
                diagnostic.raw.get(..SHOWN.min(diagnostic.raw.len())).unwrap_or_default().escape_ascii().to_string();
            output::note(&format!("{name}: the answer cannot be read ({}): {}", diagnostic.reason, redact(&raw)));
            self.has_failed = true;
        }
    }
}

/// A server may repeat the password in any text.
fn scrub_all(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact(text).into_owned(),
        Value::Array(values) => values.iter_mut().for_each(scrub_all),
        Value::Object(fields) => {
            let scrubbed = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                scrub_all(&mut value);
                (redact(&name).into_owned(), value)
            });
            *fields = scrubbed.collect();
        }
        _ => {}
    }
}

fn after_login(session: &mut Session, facts: &mut Map<String, Value>, asked: &mut Asked) {
    if session.capabilities().has(Capability::Id) {
        let own = Id::new().with("name", "imap").and_then(|id| id.with("version", env!("CARGO_PKG_VERSION")));
        if let Some(id) = asked.ask("ID", || session.id(own.unwrap_or_default())) {
            let pair = |(name, value): (&ImapString, Option<&ImapString>)| {
                (key(name.as_bytes()), value.map(|value| bytes(value.as_bytes())).into())
            };
            facts.insert("id".to_owned(), id.iter().map(pair).collect::<Map<_, _>>().into());
        }
    }
    let has_namespaces = session.capabilities().supports(Capability::Namespace);
    if has_namespaces && let Some(namespaces) = asked.ask("NAMESPACE", || session.run(Namespaces::default())) {
        asked.look("NAMESPACE", &namespaces.diagnostics);
        let namespaces = namespaces.value;
        let one = |space: &Namespace| json!({"prefix": space.prefix.to_text(), "delimiter": space.delimiter.map(String::from)});
        let list = |spaces: &[Namespace]| -> Value { spaces.iter().map(one).collect() };
        let value = json!({
            "personal": list(&namespaces.personal),
            "other_users": list(&namespaces.other_users),
            "shared": list(&namespaces.shared),
        });
        facts.insert("namespaces".to_owned(), value);
    }
    let is_limit = |name: &&ImapString| {
        let name = name.to_string_lossy().to_ascii_uppercase();
        ["APPENDLIMIT", "MESSAGELIMIT", "SAVELIMIT"].iter().any(|limit| name.starts_with(limit))
    };
    let limits: Vec<Value> =
        session.capabilities().iter().filter(is_limit).map(|name| bytes(name.as_bytes())).collect();
    facts.insert("limits".to_owned(), limits.into());
    let started = Instant::now();
    if asked.ask("NOOP", || (0..ROUND_TRIPS).try_for_each(|_| session.noop().map(drop))).is_some() {
        facts.insert("round_trip_ms".to_owned(), (milliseconds(started) / f64::from(ROUND_TRIPS)).into());
    }
}

fn tls(client: &Client) -> Value {
    let Some(tls) = client.tls() else { return Value::Null };
    let certificates: Vec<Value> = tls.certificates.iter().map(|der| described(der)).collect();
    json!({
        "version": tls.version,
        "cipher": tls.cipher,
        "fingerprint": tls.fingerprint().map(|digest| hex(&digest)),
        "certificates": certificates,
    })
}

fn described(der: &[u8]) -> Value {
    let certificate = certificate::read(der).unwrap_or_default();
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "sha256": hex(&sha256(der)),
    })
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn names(capabilities: &Capabilities) -> Value {
    capabilities.iter().map(|name| bytes(name.as_bytes())).collect()
}

fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 10_000.0).round() / 10.0
}

fn print(facts: &Value, out: &mut Output) -> Result<()> {
    let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let words = |name: &str| {
        let list = facts.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    };
    out.line(&format!("Account:       {}", text("account")))?;
    match facts.get("greeting").is_none_or(Value::is_null) {
        true => out.line("Greeting:      not shown: it came before TLS")?,
        false => out.line(&format!("Greeting:      {}", text("greeting")))?,
    }
    print_tls(facts.get("tls"), out)?;
    if let Some(id) = facts.get("id").and_then(Value::as_object) {
        let pairs = id.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("NIL")));
        out.line(&format!("Server:        {}", pairs.collect::<Vec<_>>().join(", ")))?;
    }
    out.line(&format!("Before login:  {}", words("capabilities_before_login")))?;
    out.line(&format!("After login:   {}", words("capabilities")))?;
    for (name, title) in
        [("personal", "Own mail:      "), ("other_users", "Other users:   "), ("shared", "Shared:        ")]
    {
        let spaces = facts.get("namespaces").and_then(|spaces| spaces.get(name)).and_then(Value::as_array);
        for space in spaces.into_iter().flatten() {
            let part = |key: &str| space.get(key).and_then(Value::as_str).unwrap_or_default();
            out.line(&format!("{title}prefix {:?}, levels separated by {:?}", part("prefix"), part("delimiter")))?;
        }
    }
    let limits = words("limits");
    if !limits.is_empty() {
        out.line(&format!("Limits:        {limits}"))?;
    }
    for (name, title) in [("connect_ms", "Connected in:  "), ("round_trip_ms", "Round trip:    ")] {
        if let Some(number) = facts.get(name).and_then(Value::as_f64) {
            out.line(&format!("{title}{number:.1} ms"))?;
        }
    }
    Ok(())
}

fn print_tls(tls: Option<&Value>, out: &mut Output) -> Result<()> {
    let Some(tls) = tls.and_then(Value::as_object) else {
        return out.line("TLS:           none");
    };
    let text = |name: &str| tls.get(name).and_then(Value::as_str).unwrap_or_default();
    out.line(&format!("TLS:           {} {}", text("version"), text("cipher")))?;
    out.line(&format!("Fingerprint:   {} (for --pin)", text("fingerprint")))?;
    let chain = tls.get("certificates").and_then(Value::as_array);
    for (depth, certificate) in chain.into_iter().flatten().enumerate() {
        let field = |name: &str| certificate.get(name).and_then(Value::as_str).unwrap_or_default();
        out.line(&format!("Certificate {depth}: {}, until {}", field("subject"), field("not_after")))?;
        out.line(&format!("               issued by {}", field("issuer")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_milliseconds() {
        let since = Instant::now();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let found = milliseconds(since);
        assert!((20.0..=since.elapsed().as_secs_f64() * 1000.0 + 0.1).contains(&found), "{found}");
    }
}
