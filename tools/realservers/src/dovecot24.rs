//! Dovecot 2.4, whose configuration is not that of 2.3.

use std::io;

use super::root::{Root, give};
use super::server::{Ground, Server};

/// Starts Dovecot 2.4, in which every user name logs in, if it is there.
///
/// # Errors
/// If it is there and does not start.
pub fn dovecot24() -> io::Result<Option<Server>> {
    let Some(root) = Root::find("dovecot24") else { return Ok(None) };
    let ground = Ground::new("dovecot24")?;
    for name in ["run", "state", "homes"] {
        ground.folder(name)?;
    }
    give(&ground.path().join("homes"), "mail:mail")?;
    let file = ground.write("dovecot.conf", &configuration(&ground))?;
    let command = root.command(&[], ["dovecot".as_ref(), "-F".as_ref(), "-c".as_ref(), file.as_os_str()]);
    ground.run(command).map(Some)
}

fn configuration(ground: &Ground) -> String {
    let folder = ground.path().display();
    let certificates = &ground.certificates;
    let mailboxes: String = ["Drafts", "Sent", "Trash", "Junk"]
        .map(|name| format!("mailbox {name} {{\nspecial_use = \\\\{name}\nauto = create\n}}\n"))
        .concat();
    let unchained: String =
        ["anvil", "stats", "imap-urlauth-login"].map(|name| format!("service {name} {{\nchroot =\n}}\n")).concat();
    format!(
        "dovecot_config_version = 2.4.1\n\
         dovecot_storage_version = 2.4.1\n\
         base_dir = {folder}/run\n\
         state_dir = {folder}/state\n\
         log_path = /dev/stderr\n\
         protocols = imap\n\
         listen = 127.0.0.1\n\
         default_internal_user = nobody\n\
         default_internal_group = nogroup\n\
         default_login_user = nobody\n\
         first_valid_uid = 1\n\
         mail_uid = mail\n\
         mail_gid = mail\n\
         mail_home = {folder}/homes/%{{user|username}}\n\
         mail_driver = maildir\n\
         mail_path = ~/Maildir\n\
         mail_utf8_extensions = yes\n\
         mail_plugins {{\nacl = yes\nquota = yes\nnotify = yes\n}}\n\
         mail_attribute {{\ndict file {{\npath = ~/attributes\n}}\n}}\n\
         imap_metadata = yes\n\
         auth_allow_cleartext = yes\n\
         auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 scram-sha-1-plus scram-sha-256-plus anonymous\n\
         auth_anonymous_username = anonymous\n\
         auth_failure_delay = 0\n\
         mail_max_userip_connections = 100\n\
         ssl = yes\n\
         ssl_server_cert_file = {}\n\
         ssl_server_key_file = {}\n\
         passdb static {{\npassword = {}\n}}\n\
         userdb static {{\nfields {{\nuid = mail\ngid = mail\nhome = {folder}/homes/%{{user|username}}\n}}\n}}\n\
         namespace inbox {{\ninbox = yes\nseparator = /\n{mailboxes}}}\n\
         acl_driver = vfile\n\
         quota \"User quota\" {{\ndriver = count\nstorage_size = 2G\n}}\n\
         protocol imap {{\nmail_plugins {{\nimap_acl = yes\nimap_quota = yes\n}}\n}}\n\
         service imap-login {{\nchroot =\ninet_listener imap {{\nport = {}\n}}\n\
         inet_listener imaps {{\nport = {}\nssl = yes\n}}\n}}\n\
         {unchained}\
         service anvil {{\nunix_listener anvil-auth-penalty {{\nmode = 0\n}}\n}}\n",
        certificates.certificate("server").display(),
        certificates.key("server").display(),
        Server::PASSWORD,
        ground.port,
        ground.tls_port
    )
}
