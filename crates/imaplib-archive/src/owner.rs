//! Whose archive it is, as this version and older ones noted it.

/// Whose archive it is.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) identity: String,
    pub(crate) has_port: bool,
}

impl Owner {
    /// Whether this is the owner's identity, in the form of any version.
    pub(crate) fn is(&self, identity: &str) -> bool {
        self.identity == identity
            || without_quotes(identity).is_some_and(|before| self.identity == before)
            || (!self.has_port && self.identity == without_port(identity))
    }
}

/// The identity as it was before the port was a part of it.
fn without_port(identity: &str) -> String {
    let (user, place) = identity.rsplit_once('@').map_or((None, identity), |(user, place)| (Some(user), place));
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = match place.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => place,
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"))
}

/// The identity of a tunnel as it was before the words of its command were quoted.
fn without_quotes(identity: &str) -> Option<String> {
    let command = identity.strip_prefix("tunnel:")?;
    let (command, user) = match command.rsplit_once(" (user ") {
        Some((command, user)) => (command, format!(" (user {user}")),
        None => (command, String::new()),
    };
    Some(format!("tunnel:{}{user}", shlex::split(command)?.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_of_older_versions_are_known() {
        for (identity, before) in [
            ("alice@mail.example.org:1143", "alice@mail.example.org"),
            ("a@b@mail.example.org:1143", "a@b@mail.example.org"),
            ("mail.example.org", "mail.example.org"),
            ("alice@[::1]:2993", "alice@::1"),
            ("alice@[::1]", "alice@::1"),
            ("unix:/run/imap (user bob)", "unix:/run/imap (user bob)"),
            ("tunnel:ssh 'mail box' imapd", "tunnel:ssh mail box imapd"),
            ("tunnel:ssh mail 'a b' (user bob)", "tunnel:ssh mail a b (user bob)"),
        ] {
            let owner = |has_port| Owner { identity: before.to_owned(), has_port };
            assert!(owner(false).is(identity), "{identity}");
            let has_same_place = identity == before || identity.starts_with("tunnel:");
            assert_eq!(owner(true).is(identity), has_same_place, "{identity}");
        }
    }
}
