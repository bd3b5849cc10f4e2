//! GNU mailutils' imap4d.

use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::root::{Root, give};
use super::server::{Ground, Server};

/// The number of the first user.
const FIRST: usize = 61001;

/// Starts imap4d with these users, who are users of the system inside its root, if it is there.
///
/// # Errors
/// If it is there and does not start.
pub fn mailutils(users: &[&str]) -> io::Result<Option<Server>> {
    let Some(root) = Root::find("mailutils") else { return Ok(None) };
    let ground = Ground::new("mailutils")?;
    let folder = ground.path().display().to_string();
    let hash = Command::new("openssl").args(["passwd", "-6", Server::PASSWORD]).output()?.stdout;
    let hash = String::from_utf8_lossy(&hash);
    let hash = hash.trim();
    let mut accounts = root.accounts()?;
    let mut shadow = "root:*:19000:0:99999:7:::\n".to_owned();
    let (homes, spool) = (ground.folder("homes")?, ground.folder("spool")?);
    for (number, user) in users.iter().enumerate() {
        let number = FIRST + number;
        let _ = writeln!(accounts, "{user}:x:{number}:8::{folder}/homes/{user}:/bin/sh");
        let _ = writeln!(shadow, "{user}:{hash}:19000:0:99999:7:::");
        for part in ["cur", "new", "tmp"] {
            ground.folder(&format!("spool/{user}/{part}"))?;
        }
        ground.folder(&format!("homes/{user}/Mail"))?;
        give(&homes.join(user), &format!("{number}:8"))?;
        give(&spool.join(user), &format!("{number}:8"))?;
    }
    std::fs::set_permissions(&spool, std::fs::Permissions::from_mode(0o1777))?;
    let certificates = &ground.certificates;
    std::fs::set_permissions(certificates.key("server"), std::fs::Permissions::from_mode(0o600))?;
    let accounts = ground.write("passwd", &accounts)?;
    let shadow = ground.write("shadow", &shadow)?;
    std::fs::set_permissions(&shadow, std::fs::Permissions::from_mode(0o600))?;
    let file = ground.write(
        "imap4d.conf",
        &format!(
            "mode daemon;\nforeground yes;\nmax-children 100;\npidfile {folder}/pid;\n\
             logging {{ syslog no; severity info; }};\n\
             auth {{ authentication clear; authentication \"generic:system\";\n\
             authorization clear; authorization \"system\"; }};\n\
             mailbox {{ mailbox-pattern \"maildir:{folder}/spool/${{user}}\"; mailbox-type maildir; }};\n\
             namespace personal {{ prefix \"\" {{ directory \"${{home}}/Mail\"; delimiter \"/\"; mailbox-type maildir; }}; }};\n\
             id-fields (name, version, os);\n\
             tls-file-checks {{ key-file none; cert-file none; ca-file none; }};\n\
             tls {{ ssl-certificate-file {}; ssl-key-file {}; ssl-ca-file {}; }};\n\
             server 127.0.0.1:{} {{ single-process no; tls-mode ondemand; }};\n\
             server 127.0.0.1:{} {{ single-process no; tls-mode connection; }};\n",
            certificates.certificate("server").display(),
            certificates.key("server").display(),
            certificates.ca().display(),
            ground.port,
            ground.tls_port
        ),
    )?;
    let option = format!("--config-file={}", file.display());
    let command = root.command(&[(&accounts, "/etc/passwd"), (&shadow, "/etc/shadow")], ["/usr/sbin/imap4d", &option]);
    ground.run(command).map(Some)
}
