//! Cyrus IMAP 3.12, which offers more extensions than any other server here.

use std::fmt::Write as _;
use std::io;

use super::root::{Root, give};
use super::server::{Ground, Server};

/// Starts Cyrus IMAP with these users and the administrator `cyrus`, if it is there.
///
/// # Errors
/// If it is there and does not start.
pub fn cyrus(users: &[&str]) -> io::Result<Option<Server>> {
    start(users, false)
}

/// The same, which writes `X` for what is not ASCII in headers, as it does unless it is configured otherwise.
///
/// # Errors
/// If it is there and does not start.
pub fn cyrus_that_munges(users: &[&str]) -> io::Result<Option<Server>> {
    start(users, true)
}

fn start(users: &[&str], munges: bool) -> io::Result<Option<Server>> {
    let Some(root) = Root::find("cyrus") else { return Ok(None) };
    let ground = Ground::new("cyrus")?;
    let folder = ground.path().display().to_string();
    for name in ["socket", "db", "log", "msg", "proc", "lock", "quota", "user", "backup", "sync", "sieve", "ptclient"] {
        ground.folder(&format!("state/{name}"))?;
    }
    for name in ["state", "mail", "run"] {
        ground.folder(name)?;
    }
    let options = ground.write("imapd.conf", &options(&ground, munges))?;
    let services = ground.write(
        "cyrus.conf",
        &format!(
            "START {{\n  recover cmd=\"ctl_cyrusdb -C {folder}/imapd.conf -r\"\n}}\n\
             SERVICES {{\n\
             imap cmd=\"imapd -C {folder}/imapd.conf -U 50\" listen=\"127.0.0.1:{}\" proto=\"tcp4\" prefork=1 maxchild=200\n\
             imaps cmd=\"imapd -s -C {folder}/imapd.conf -U 50\" listen=\"127.0.0.1:{}\" proto=\"tcp4\" prefork=0 maxchild=200\n\
             }}\n\
             EVENTS {{\n}}\n\
             DAEMON {{\n  idled cmd=\"idled -C {folder}/imapd.conf\"\n}}\n",
            ground.port, ground.tls_port
        ),
    )?;
    let mut passwords = String::new();
    for user in users.iter().chain(&["cyrus"]) {
        let _ = writeln!(
            passwords,
            "echo {} | /usr/sbin/saslpasswd2 -p -c -f {folder}/passwords -u localhost {user}",
            Server::PASSWORD
        );
    }
    root.script(&passwords)?;
    for name in ["state", "mail", "run", "passwords", "certs"] {
        give(&ground.path().join(name), "60001:8")?;
    }
    let mut command = root.command(
        &[],
        [
            "/usr/lib/cyrus/bin/master".as_ref(),
            "-C".as_ref(),
            options.as_os_str(),
            "-M".as_ref(),
            services.as_os_str(),
            "-p".as_ref(),
            ground.path().join("run/pid").as_os_str(),
        ],
    );
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/cyrus/bin");
    ground.run(command).map(Some)
}

fn options(ground: &Ground, munges: bool) -> String {
    let folder = ground.path().display();
    let certificates = &ground.certificates;
    format!(
        "configdirectory: {folder}/state\n\
         defaultpartition: default\n\
         partition-default: {folder}/mail\n\
         servername: localhost\n\
         cyrus_user: cyrus\n\
         cyrus_group: mail\n\
         admins: cyrus\n\
         sasl_pwcheck_method: auxprop\n\
         sasl_auxprop_plugin: sasldb\n\
         sasl_sasldb_path: {folder}/passwords\n\
         sasl_mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512 ANONYMOUS\n\
         allowanonymouslogin: 1\n\
         allowplaintext: 1\n\
         allowstarttls: 1\n\
         allowallsubscribe: 1\n\
         tls_server_cert: {}\n\
         tls_server_key: {}\n\
         tls_client_ca_file: {}\n\
         tls_sessions_db_path: {folder}/state/tls_sessions.db\n\
         altnamespace: 1\n\
         unixhierarchysep: 1\n\
         autocreate_quota: 2097152\n\
         autocreate_post: 1\n\
         autocreate_inbox_folders: Drafts|Sent|Trash|Junk\n\
         xlist-drafts: Drafts\n\
         xlist-sent: Sent\n\
         xlist-trash: Trash\n\
         xlist-junk: Junk\n\
         specialusealways: 1\n\
         imapidlepoll: 2\n\
         idlesocket: {folder}/state/socket/idle\n\
         lmtpsocket: {folder}/state/socket/lmtp\n\
         notifysocket: {folder}/state/socket/notify\n\
         proc_path: {folder}/state/proc\n\
         mboxname_lockpath: {folder}/state/lock\n\
         annotation_allow_undefined: 1\n\
         annotation_enable_legacy_commands: 1\n\
         allowusermoves: 1\n\
         delete_mode: immediate\n\
         expunge_mode: delayed\n\
         munge8bit: {}\n\
         failedloginpause: 0\n\
         search_engine: none\n\
         maxliteral: 67108864\n\
         maxlogins_per_host: 0\n\
         conversations: 1\n\
         conversations_db: twoskip\n\
         conversations_max_guidrecords: 100000\n\
         conversations_max_guidexists: 100000\n\
         conversations_max_guidinfolder: 100000\n",
        certificates.certificate("server").display(),
        certificates.key("server").display(),
        certificates.ca().display(),
        u8::from(munges)
    )
}
