//! Dovecot, as a daemon and as a pre-authenticated child.

use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::{Ground, Server};
use super::{is_root, missing};

const IMAP_CHILD: &str = "/usr/lib/dovecot/imap";

/// A running Dovecot: every user name logs in with the password [`PASSWORD`](Self::PASSWORD) and has a home of its own.
#[derive(Debug)]
pub struct Dovecot(Server);

impl Deref for Dovecot {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

/// How to start Dovecot.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Which certificate of [`Certificates`](super::Certificates) it shows; none: it has no TLS.
    pub certificate: Option<&'static str>,
    /// Whether it refuses passwords in clear text (LOGINDISABLED).
    pub needs_tls: bool,
    /// How mail lies on the disk: `maildir` or `mdbox`.
    pub format: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Self { certificate: Some("server"), needs_tls: false, format: "maildir" }
    }
}

impl Dovecot {
    /// The password of every user.
    pub const PASSWORD: &'static str = Server::PASSWORD;

    /// Starts it, if it is installed.
    ///
    /// # Errors
    /// If it is installed and does not start.
    pub fn start() -> io::Result<Option<Self>> {
        Self::start_with(&Setup::default())
    }

    /// Starts it, if it is installed.
    ///
    /// # Errors
    /// If it is installed and does not start.
    pub fn start_with(setup: &Setup) -> io::Result<Option<Self>> {
        let Some(program) = program() else {
            missing("Dovecot");
            return Ok(None);
        };
        let ground = Ground::new("dovecot")?;
        make_home(&ground.path().join("homes"))?;
        let file = ground.write("dovecot.conf", &configuration(&ground, setup))?;
        let mut command = Command::new(program);
        command.arg("-F").arg("-c").arg(&file);
        Ok(Some(Self(ground.run(command)?)))
    }

    /// The folder in which a user's mail is: a Maildir.
    #[must_use]
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.folder().join("homes").join(user).join("Maildir")
    }

    /// The command of a pre-authenticated server on standard input and output, whose mail is the Maildir in `folder`;
    /// if it is installed.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn child(folder: &Path) -> io::Result<Option<Vec<String>>> {
        if !Path::new(IMAP_CHILD).exists() {
            missing("Dovecot");
            return Ok(None);
        }
        make_home(folder)?;
        let folder = folder.display();
        let mut command: Vec<String> = ["env", "-i"].map(str::to_owned).to_vec();
        command.push(format!("HOME={folder}"));
        command.extend(["USER=alice", "PATH=/usr/bin:/bin", IMAP_CHILD, "-c", "/dev/null"].map(str::to_owned));
        for option in [
            format!("mail_location=maildir:{folder}/Maildir:LAYOUT=fs"),
            format!("log_path={folder}/log"),
            format!("base_dir={folder}/run"),
            "namespace/inbox/inbox=yes".to_owned(),
        ] {
            command.extend(["-o".to_owned(), option]);
        }
        if is_root() {
            for option in ["mail_uid=mail", "mail_gid=mail", "first_valid_uid=1"] {
                command.extend(["-o".to_owned(), option.to_owned()]);
            }
        }
        Ok(Some(command))
    }
}

fn program() -> Option<PathBuf> {
    let places = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"];
    places.into_iter().map(PathBuf::from).find(|path| path.exists())
}

/// Makes a folder that the user who serves mail can write to.
fn make_home(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    if is_root() {
        let done = Command::new("chown").arg("mail:mail").arg(folder).status()?;
        if !done.success() {
            return Err(io::Error::other("cannot give a folder to the user mail"));
        }
    }
    Ok(())
}

fn configuration(ground: &Ground, setup: &Setup) -> String {
    let folder = ground.path().display();
    let Ground { certificates, port, tls_port, .. } = ground;
    let location = match setup.format {
        "maildir" => "maildir:~/Maildir".to_owned(),
        format => format!("{format}:~/{format}"),
    };
    let (user, group) = match is_root() {
        true => ("mail".to_owned(), "mail".to_owned()),
        false => (own("-un"), own("-gn")),
    };
    let (login, internal) = match is_root() {
        true => ("nobody".to_owned(), "nobody".to_owned()),
        false => (user.clone(), user.clone()),
    };
    let internal_group = if is_root() { "nogroup".to_owned() } else { group.clone() };
    let tls = match setup.certificate {
        None => "ssl = no\n".to_owned(),
        Some(name) => format!(
            "ssl = yes\nssl_cert = <{}\nssl_key = <{}\nssl_ca = <{}\nssl_verify_client_cert = yes\n\
             ssl_require_crl = no\nauth_ssl_username_from_cert = yes\n",
            certificates.certificate(name).display(),
            certificates.key(name).display(),
            certificates.ca().display()
        ),
    };
    let plaintext = if setup.needs_tls { "yes" } else { "no" };
    let password = Dovecot::PASSWORD;
    let mailboxes: String = ["Drafts", "Sent", "Trash", "Junk"]
        .map(|name| format!("  mailbox {name} {{\n    special_use = \\{name}\n    auto = create\n  }}\n"))
        .concat();
    // Without the penalty socket, wrong passwords are not slowed down.
    // Services run where they are: without a change of root, and so without files of the system's installation.
    let unchained: String =
        ["anvil", "stats", "imap-login"].map(|name| format!("service {name} {{\n  chroot =\n}}\n")).concat();
    format!(
        "base_dir = {folder}/run\n\
         state_dir = {folder}/state\n\
         log_path = /dev/stderr\n\
         protocols = imap\n\
         listen = 127.0.0.1\n\
         default_internal_user = {internal}\n\
         default_internal_group = {internal_group}\n\
         default_login_user = {login}\n\
         first_valid_uid = 1\n\
         mail_uid = {user}\n\
         mail_gid = {group}\n\
         mail_home = {folder}/homes/%n\n\
         mail_location = {location}\n\
         mail_plugins = acl quota zlib\n\
         mail_attribute_dict = file:%h/attributes\n\
         protocol imap {{\n  mail_plugins = acl imap_acl quota imap_quota zlib imap_zlib\n  imap_metadata = yes\n}}\n\
         plugin {{\n  acl = vfile\n  quota = count:User quota\n  quota_vsizes = yes\n  quota_rule = *:storage=2G\n}}\n\
         disable_plaintext_auth = {plaintext}\n\
         auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 anonymous external\n\
         auth_anonymous_username = anonymous\n\
         auth_failure_delay = 0\n\
         mail_max_userip_connections = 100\n\
         {tls}\
         passdb {{\n  driver = static\n  mechanisms = external\n  args = nopassword=y\n}}\n\
         passdb {{\n  driver = static\n  args = password={password}\n}}\n\
         userdb {{\n  driver = static\n  args = uid={user} gid={group} home={folder}/homes/%n\n}}\n\
         namespace inbox {{\n  inbox = yes\n  separator = /\n{mailboxes}}}\n\
         service imap-login {{\n  inet_listener imap {{\n    port = {port}\n  }}\n  \
         inet_listener imaps {{\n    port = {tls_port}\n    ssl = yes\n  }}\n}}\n\
         {unchained}\
         service anvil {{\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n"
    )
}

/// The name of this process's user or group.
fn own(flag: &str) -> String {
    let name = Command::new("id").arg(flag).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&name).trim().to_owned()
}
