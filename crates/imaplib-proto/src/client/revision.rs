//! Which revision of IMAP a session uses.

use crate::types::{Capabilities, Capability};

/// Which revision of IMAP a session uses on servers that have both. IMAP4rev2 must be enabled there after login (RFC 9051,
/// appendix A); on a server that has nothing else, it is in use by itself.
///
/// In IMAP4rev2 there are no `\Recent` flag and search keys about it, no CHECK, LSUB and `RFC822` items of FETCH, and names of
/// mailboxes travel as UTF-8. Whatever else it has is an extension of IMAP4rev1, too, which most servers list by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Revision {
    /// IMAP4rev2 where something is gained by it: the server lists it, and not each of its parts by name. Else IMAP4rev1.
    #[default]
    Automatic,
    /// IMAP4rev1. The parts of IMAP4rev2 that a server does not list by name cannot be relied on then.
    Rev1,
    /// IMAP4rev2, on servers that have it.
    Rev2,
}

impl Revision {
    /// Whether IMAP4rev2 is to be enabled on a server that lists these capabilities.
    #[must_use]
    pub fn enables_rev2(self, capabilities: &Capabilities) -> bool {
        let has_both = capabilities.has(Capability::Imap4Rev1) && capabilities.has(Capability::Imap4Rev2);
        has_both
            && match self {
                Self::Automatic => capabilities.hides_parts_of_rev2(),
                Self::Rev1 => false,
                Self::Rev2 => true,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_enabled_where_something_is_gained() {
        let all = "ENABLE ESEARCH IDLE LIST-EXTENDED LIST-STATUS LITERAL- MOVE NAMESPACE SASL-IR SEARCHRES STATUS=SIZE UIDPLUS \
                   UNSELECT";
        for (list, automatic, rev2) in [
            ("IMAP4rev1".to_owned(), false, false),
            ("IMAP4rev2".to_owned(), false, false),
            ("IMAP4rev1 IMAP4rev2".to_owned(), true, true),
            (format!("IMAP4rev1 IMAP4rev2 {all}"), false, true),
            (
                format!("IMAP4rev1 IMAP4rev2 {}", all.replace("LITERAL-", "LITERAL+").replace("SASL-IR", "")),
                false,
                true,
            ),
            (format!("IMAP4rev1 IMAP4rev2 {}", all.replace(" SEARCHRES", "")), true, true),
        ] {
            let capabilities = Capabilities::from_names(list.split_ascii_whitespace().map(Into::into));
            assert_eq!(Revision::Automatic.enables_rev2(&capabilities), automatic, "{list}");
            assert_eq!(Revision::Rev2.enables_rev2(&capabilities), rev2, "{list}");
            assert!(!Revision::Rev1.enables_rev2(&capabilities));
        }
    }
}
