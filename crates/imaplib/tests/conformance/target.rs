//! The servers that the cases run against.

use std::time::Duration;

use imaplib::{Endpoint, Options, Timeouts};
use imaplib_testserver::Server;
use realservers::Dovecot;
use tempfile::TempDir;

pub struct Target {
    pub name: &'static str,
    kind: Kind,
}

enum Kind {
    TestServer { server: Server, tls: bool, _ca: TempDir, ca: std::path::PathBuf },
    Dovecot { server: Dovecot, scheme: &'static str },
    Child { folder: TempDir },
}

/// How a case reaches its own empty account.
pub struct Login {
    pub endpoint: Endpoint,
    pub options: Options,
    pub user: String,
    pub password: &'static str,
    /// The server pushes news at once and not within half a second.
    pub is_test_server: bool,
}

impl Target {
    pub fn test_server(tls: bool) -> Self {
        let mut builder = Server::builder();
        for (name, _) in crate::blocking::CASES {
            for kind in ["blocking", "async"] {
                builder = builder.user(&format!("{name}-{kind}"), Dovecot::PASSWORD);
            }
        }
        let server = builder.start().unwrap();
        let folder = TempDir::new().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, server.ca_pem()).unwrap();
        let name = if tls { "test server over TLS" } else { "test server" };
        Self { name, kind: Kind::TestServer { server, tls, _ca: folder, ca } }
    }

    pub fn dovecot(scheme: &'static str) -> Option<Self> {
        let server = Dovecot::start().unwrap()?;
        Some(Self { name: "Dovecot", kind: Kind::Dovecot { server, scheme } })
    }

    pub fn dovecot_child() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("dovecot-child-").tempdir().unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Dovecot::child(&folder.path().join("probe")).unwrap()?;
        Some(Self { name: "Dovecot as a child", kind: Kind::Child { folder } })
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
        let options = Options::new().timeouts(Timeouts::all(Duration::from_secs(20)));
        let (endpoint, options, is_test_server) = match &self.kind {
            Kind::TestServer { server, tls: true, ca, .. } => {
                (Endpoint::tls("localhost", server.tls_addr().port()), options.ca_file(ca), true)
            }
            Kind::TestServer { server, .. } => {
                (Endpoint::insecure("127.0.0.1", server.plain_addr().port()), options, true)
            }
            Kind::Dovecot { server, scheme } => {
                let port = if *scheme == "imaps" { server.tls_port } else { server.port };
                let endpoint = format!("{scheme}://localhost:{port}").parse().unwrap();
                (endpoint, options.ca_file(server.certificates().ca()), false)
            }
            Kind::Child { folder } => {
                let command = Dovecot::child(&folder.path().join(user)).unwrap().unwrap();
                (Endpoint::tunnel(command), options, false)
            }
        };
        Login { endpoint, options, user: user.to_owned(), password: Dovecot::PASSWORD, is_test_server }
    }
}
