//! The servers that the cases run against.

use std::path::PathBuf;
use std::time::Duration;

use imaplib::blocking::Client;
use imaplib::types::Capabilities;
use imaplib::{ConnectOptions, Endpoint, MessageSet, Revision, Timeouts};
use imaplib_testserver::Server;
use realservers::{Dovecot, Server as RealServer, Setup};
use tempfile::TempDir;

use crate::cases::{AnyError, Missing};
use crate::faults::{self, Fault};

pub struct Target {
    /// The name of its column in the table.
    pub name: &'static str,
    /// What it gets wrong.
    pub faults: &'static [Fault],
    kind: Kind,
}

enum Kind {
    TestServer { server: Server, tls: bool, _ca: TempDir, ca: PathBuf },
    Dovecot { server: Dovecot, scheme: &'static str },
    Child { folder: TempDir },
    Real { server: RealServer, scheme: &'static str },
}

/// How a case reaches its own empty account.
pub struct Login {
    pub endpoint: Endpoint,
    pub options: ConnectOptions,
    pub user: String,
    pub password: &'static str,
    /// Another user, who can be given rights.
    pub other: &'static str,
    /// The administrator, where the server offers more to that user than to others.
    pub administrator: Option<&'static str>,
    /// The server waits for seconds before it refuses a login.
    pub refuses_slowly: bool,
    /// Texts that the server does not take in the name of a mailbox.
    pub refuses_names: &'static [&'static str],
    /// The server knows quotas, and sets none.
    pub has_no_limit: bool,
    /// The server knows special uses, and no mailbox has one.
    pub has_no_special_uses: bool,
    /// The server takes CR out of messages.
    pub strips_returns: bool,
    /// Sessions have no sequence numbers.
    pub uid_only: bool,
}

impl Login {
    /// A message as the server keeps it.
    pub fn stored(&self, text: &str) -> String {
        String::from_utf8(self.stored_bytes(text.as_bytes())).unwrap()
    }

    /// Goes on only if sessions have sequence numbers.
    pub fn need_numbers(&self) -> Result<(), AnyError> {
        if self.uid_only { Err(Box::new(Missing("sequence numbers in this session"))) } else { Ok(()) }
    }

    /// Messages by sequence number, where sessions have such: in a mailbox from which nothing was removed, the UIDs are the same.
    pub fn by_number(&self, set: &str) -> MessageSet {
        if self.uid_only { MessageSet::Uids(set.parse().unwrap()) } else { MessageSet::Seqs(set.parse().unwrap()) }
    }

    /// As [`stored`](Self::stored), of any bytes.
    pub fn stored_bytes(&self, text: &[u8]) -> Vec<u8> {
        match self.strips_returns {
            true => text.iter().copied().filter(|byte| *byte != b'\r').collect(),
            false => text.to_vec(),
        }
    }
}

/// The users that the cases log in as.
fn users() -> Vec<String> {
    let cases = crate::blocking::CASES.iter();
    cases.flat_map(|(name, ..)| ["blocking", "async"].map(|kind| user(name, kind))).chain(["bob".to_owned()]).collect()
}

/// The user of a case. No server minds such a name.
pub fn user(case: &str, front: &str) -> String {
    format!("{}-{front}", case.replace('_', "-"))
}

impl Target {
    pub fn test_server(tls: bool) -> Self {
        // A user may not change the own quota, as on the real servers.
        let mut builder = Server::builder().with_all().without("QUOTASET");
        if tls {
            builder = builder.without("LITERAL+").with("LITERAL-");
        }
        for user in users() {
            builder = builder.user(&user, Dovecot::PASSWORD);
        }
        let server = builder.start().unwrap();
        for user in users() {
            server.store().account(&user).set_quota(Some(2 << 20), None).unwrap();
        }
        let folder = TempDir::new().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, server.ca_pem()).unwrap();
        Self { name: "test server", faults: &[], kind: Kind::TestServer { server, tls, _ca: folder, ca } }
    }

    pub fn dovecot(scheme: &'static str, format: &'static str) -> Option<Self> {
        let server = Dovecot::start_with(&Setup { format, ..Setup::default() }).unwrap()?;
        let name = if format == "maildir" { "Dovecot 2.3" } else { "Dovecot 2.3 mdbox" };
        Some(Self { name, faults: faults::DOVECOT, kind: Kind::Dovecot { server, scheme } })
    }

    pub fn dovecot_child() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("dovecot-child-").tempdir().unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Dovecot::child(&folder.path().join("probe")).unwrap()?;
        Some(Self { name: "Dovecot 2.3 child", faults: faults::DOVECOT, kind: Kind::Child { folder } })
    }

    pub fn real(name: &'static str, scheme: &'static str) -> Option<Self> {
        let users = users();
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        let (server, faults) = match name {
            "Dovecot 2.4" => (realservers::dovecot24(), faults::DOVECOT24),
            "Cyrus 3.12" => (realservers::cyrus(&users), faults::CYRUS),
            "Cyrus 3.12 rev2" => (realservers::cyrus(&users), faults::CYRUS_REV2),
            "Cyrus 3.12 UIDONLY" => (realservers::cyrus(&users), faults::CYRUS_UID_ONLY),
            "Courier 5.2" => (realservers::courier(&users), faults::COURIER),
            "mailutils 3.19" => (realservers::mailutils(&users), faults::MAILUTILS),
            _ => (realservers::pymap(&users), faults::PYMAP),
        };
        Some(Self { name, faults, kind: Kind::Real { server: server.unwrap()?, scheme } })
    }

    /// What the server lists before and after login.
    pub fn capabilities(&self) -> Vec<Capabilities> {
        let login = self.login(&user("connection", "blocking"));
        let client = Client::connect_with(&login.endpoint, &login.options).unwrap();
        let before = client.capabilities().clone();
        let session = client.login(&login.user, login.password).unwrap();
        let mut lists = vec![before, session.capabilities().clone()];
        // What is behind STARTTLS is not listed any more.
        let plain = match &self.kind {
            Kind::Dovecot { server, scheme: "imap" } => Some(server.port),
            Kind::Real { server, scheme: "imap" } => Some(server.port),
            _ => None,
        };
        if let Some(port) = plain {
            let endpoint = Endpoint::insecure("localhost", port);
            lists.push(Client::connect_with(&endpoint, &login.options).unwrap().capabilities().clone());
        }
        lists
    }

    /// Whether the case makes sense here.
    pub fn runs(&self, case: &str) -> bool {
        match self.kind {
            // It has logged in by itself.
            Kind::Child { .. } => !case.starts_with("login"),
            _ => true,
        }
    }

    pub fn login(&self, user: &str) -> Login {
        // mailutils waits for ever where it has misread a command.
        let patience = Duration::from_secs(if self.name.starts_with("mailutils") { 5 } else { 30 });
        let revision = if self.name.ends_with("rev2") { Revision::Rev2 } else { Revision::Automatic };
        let options = ConnectOptions::new().timeouts(Timeouts::all(patience)).revision(revision);
        let at = |scheme: &str, port: u16| format!("{scheme}://localhost:{port}").parse().unwrap();
        let (endpoint, options) = match &self.kind {
            Kind::TestServer { server, tls: true, ca, .. } => {
                (Endpoint::tls("localhost", server.tls_addr().port()), options.ca_file(ca))
            }
            Kind::TestServer { server, .. } => (Endpoint::insecure("127.0.0.1", server.plain_addr().port()), options),
            Kind::Dovecot { server, scheme } => {
                let port = if *scheme == "imaps" { server.tls_port } else { server.port };
                (at(scheme, port), options.ca_file(server.certificates().ca()))
            }
            Kind::Real { server, scheme } => {
                let port = if *scheme == "imaps" { server.tls_port } else { server.port };
                (at(scheme, port), options.ca_file(server.certificates().ca()))
            }
            Kind::Child { folder } => {
                let command = Dovecot::child(&folder.path().join(user)).unwrap().unwrap();
                (Endpoint::tunnel(command), options)
            }
        };
        Login {
            endpoint,
            options,
            user: user.to_owned(),
            password: Dovecot::PASSWORD,
            other: "bob",
            administrator: self.name.starts_with("Cyrus 3.12").then_some("cyrus"),
            refuses_slowly: self.name.starts_with("Courier"),
            refuses_names: match self.name {
                "Cyrus 3.12" | "Cyrus 3.12 rev2" | "Cyrus 3.12 UIDONLY" => &["\"", "\\", "~"],
                // Nothing beyond the basic plane.
                "Courier 5.2" => &["📧"],
                "mailutils 3.19" => &["\\"],
                _ => &[],
            },
            has_no_special_uses: self.name == "test server",
            strips_returns: self.name.starts_with("pymap"),
            has_no_limit: self.name.starts_with("Courier"),
            uid_only: self.name.ends_with("UIDONLY"),
        }
    }
}
