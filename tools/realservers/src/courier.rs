//! Courier-IMAP 5.2.

use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::PermissionsExt as _;

use super::root::{Root, give};
use super::server::{Ground, Server};

/// Starts Courier-IMAP with these users, if it is there.
///
/// # Errors
/// If it is there and does not start.
pub fn courier(users: &[&str]) -> io::Result<Option<Server>> {
    let Some(root) = Root::find("courier") else { return Ok(None) };
    let ground = Ground::new("courier")?;
    let (etc, run, homes) = (ground.folder("etc")?, ground.folder("run")?, ground.folder("homes")?);
    ground.folder("etc/shared")?;
    ground.folder("run/courier/authdaemon")?;
    ground.write("etc/shared/index", "")?;
    let hash = |kind: &str| root.script(&format!("echo {} | /usr/sbin/userdbpw {kind}", Server::PASSWORD));
    let (plain, hmac) = (hash("-md5")?, hash("-hmac-md5")?);
    let (plain, hmac) = (plain.trim(), hmac.trim());
    let mut passwords = String::new();
    for user in users {
        for part in ["cur", "new", "tmp"] {
            ground.folder(&format!("homes/{user}/Maildir/{part}"))?;
        }
        let home = homes.join(user).display().to_string();
        let _ = writeln!(
            passwords,
            "{user}\tuid=8|gid=8|home={home}|mail={home}/Maildir|systempw={plain}|hmac-md5pw={hmac}"
        );
    }
    give(&homes, "8:8")?;
    let users = ground.write("etc/userdb", &passwords)?;
    std::fs::set_permissions(&users, std::fs::Permissions::from_mode(0o600))?;
    let certificates = &ground.certificates;
    let both = [certificates.key("server"), certificates.certificate("server")].map(std::fs::read_to_string);
    let [key, certificate] = both;
    let both = ground.write("certs/both.pem", &format!("{}{}", key?, certificate?))?;
    ground.write(
        "etc/authdaemonrc",
        "authmodulelist=\"authuserdb\"\nauthmodulelistorig=\"authuserdb\"\ndaemons=2\n\
         authdaemonvar=/run/courier/authdaemon\nsubsystem=mail\nDEBUG_LOGIN=0\nDEFAULTOPTIONS=\"\"\nLOGGEROPTS=\"\"\n",
    )?;
    let offered = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA AUTH=CRAM-MD5 IDLE ACL";
    let settings = format!(
        "IMAP_CAPABILITY=\"{offered}\"\n\
         IMAP_CAPABILITY_ORIG=\"{offered}\"\n\
         IMAP_CAPABILITY_TLS=\"{offered} AUTH=PLAIN\"\n\
         IMAP_CAPABILITY_TLS_ORIG=\"{offered} AUTH=PLAIN\"\n\
         IMAP_KEYWORDS=1\nIMAP_ACL=1\nIMAP_IDLE_TIMEOUT=5\nIMAP_MAILBOX_SANITY_CHECK=0\nIMAP_USELOCKS=1\n\
         IMAP_SHAREDINDEXFILE=/etc/courier/shared/index\nIMAP_TRASHFOLDERNAME=Trash\nIMAP_UMASK=022\nIMAP_PROXY=0\n\
         IMAP_CHECK_ALL_FOLDERS=0\nIMAP_OBSOLETE_CLIENT=0\nIMAP_DISABLETHREADSORT=0\nIMAP_MOVE_EXPUNGE_TO_TRASH=0\n\
         HEADERFROM=X-IMAP-Sender\nIMAPDSTARTTLS=YES\nIMAP_STARTTLS=YES\nIMAP_TLS_REQUIRED=0\n\
         COURIERTLS=/usr/bin/couriertls\nTLS_CERTFILE={}\nTLS_VERIFYPEER=NONE\nMAILDIRPATH=Maildir\n",
        both.display()
    );
    ground.write("etc/settings", &settings)?;
    let script = format!(
        "export LC_ALL=C\n\
         /usr/sbin/makeuserdb\n\
         set -a\n. /etc/courier/authdaemonrc\n. /etc/courier/settings\n\
         /usr/lib/courier/courier-authlib/authdaemond & a=$!\n\
         login=/usr/lib/courier/courier/imaplogin\n\
         tcp='/usr/sbin/couriertcpd -address=127.0.0.1 -maxprocs=100 -maxperip=100 -nodnslookup'\n\
         $tcp {} $login /usr/bin/imapd Maildir & b=$!\n\
         IMAP_TLS=1 $tcp {} /usr/bin/couriertls -server -tcpd $login /usr/bin/imapd Maildir & c=$!\n\
         trap 'kill $a $b $c; exit 0' TERM INT\n\
         wait\n",
        ground.port, ground.tls_port
    );
    ground.write("etc/start", &script)?;
    let command = root.command(&[(&etc, "/etc/courier"), (&run, "/run")], ["/bin/sh", "/etc/courier/start"]);
    ground.run(command).map(Some)
}
