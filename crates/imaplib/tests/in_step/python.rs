//! What Python's imaplib reads: a reader that shares nothing with this library.

use std::collections::BTreeMap;
use std::process::Command;

use super::Target;

const SCRIPT: &str = r#"
import imaplib, re, sys
port, user, mailbox = sys.argv[1:]
server = imaplib.IMAP4("127.0.0.1", int(port))
server.login(user, "secret")
server.select(mailbox, readonly=True)
for row in server.uid("FETCH", "1:*", "(FLAGS)")[1]:
    if row:
        flags = re.search(rb"FLAGS \(([^)]*)\)", row).group(1).decode().lower().split()
        print(re.search(rb"UID (\d+)", row).group(1).decode(), *sorted(set(flags) - {"\\recent"}))
server.logout()
"#;

/// Each message of the mailbox with its flags.
pub fn messages(target: &Target, mailbox: &str) -> BTreeMap<u32, Vec<String>> {
    let output = Command::new("python3")
        .args(["-c", SCRIPT, &target.port.to_string(), target.user, mailbox])
        .output()
        .expect("python3 is needed for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        (words.next().unwrap().parse().unwrap(), words.collect())
    };
    text.lines().map(row).collect()
}
