//! What has been done to real mail clients, and how each is covered.

/// An attack that some client was open to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attack {
    /// Its number here, from 1.
    pub number: u8,
    /// Where it is known by: a CVE or a project's own number.
    pub known_as: &'static str,
    /// Which client.
    pub client: &'static str,
    /// What happened.
    pub what: &'static str,
    /// How it is covered.
    pub covered: Covered,
}

/// How an attack is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// A scenario plays it.
    Played,
    /// No server can play it, or it cannot happen here; why.
    Elsewhere(&'static str),
}

const fn played(number: u8, known_as: &'static str, client: &'static str, what: &'static str) -> Attack {
    Attack { number, known_as, client, what, covered: Covered::Played }
}

const fn elsewhere(
    number: u8,
    known_as: &'static str,
    client: &'static str,
    what: &'static str,
    why: &'static str,
) -> Attack {
    Attack { number, known_as, client, what, covered: Covered::Elsewhere(why) }
}

/// What has been done to real mail clients.
#[rustfmt::skip]
pub const ATTACKS: &[Attack] = &[
    played(1, "CVE-2020-14954", "mutt < 1.14.4, neomutt < 2020-06-19", "bytes behind the STARTTLS OK stay in the buffer and are read as if inside TLS"),
    played(2, "CVE-2020-15685", "Thunderbird < 78.7", "bytes behind the STARTTLS OK stay in the buffer and are read as if inside TLS"),
    played(3, "CVE-2020-9941", "Apple Mail macOS/iOS", "bytes behind the STARTTLS OK stay in the buffer and are read as if inside TLS"),
    played(4, "CVE-2020-15953", "libEtPan, with it Claws Mail, mailcore", "bytes behind the STARTTLS OK stay in the buffer and are read as if inside TLS"),
    played(5, "CVE-2020-15917", "Claws Mail < 3.17.6", "bytes behind the STARTTLS OK stay in the buffer and are read as if inside TLS"),
    played(6, "CVE-2020-14928", "Evolution < 3.36.4", "bytes behind the STARTTLS OK stay in the buffer and are read as if inside TLS"),
    played(7, "CVE-2021-22947", "curl 7.20.0 – 7.78.0", "pipelined answers cached, used after TLS"),
    played(8, "CVE-2026-41319", "MailKit < 4.16.0 (2026-04-15)", "stream buffer not flushed: SASL downgrade"),
    played(9, "nodemailer #1835", "nodemailer (SMTP)", "a partial line kept over STARTTLS is put before the first TLS line"),
    played(10, "PHP bug 80008", "PHP stream_socket_enable_crypto", "buffering below the application"),
    played(11, "imapflow e107292", "imapflow", "capability list inside the STARTTLS OK survived the \"discard\""),
    played(12, "CVE-2021-29969", "Thunderbird < 78.12", "untagged data before the STARTTLS OK was kept"),
    played(13, "CVE-2021-38370", "Alpine < 2.25", "untagged data before the STARTTLS OK was kept"),
    played(14, "KDE bug 432353", "Trojitá", "untagged data before the STARTTLS OK was kept"),
    played(15, "none", "Python 3.11.7 imaplib", "LIST data from before STARTTLS is returned by list() after login"),
    played(16, "CVE-2014-2567", "Trojitá", "PREAUTH in the clear skips STARTTLS"),
    played(17, "CVE-2020-12398", "Thunderbird < 68.9", "PREAUTH in the clear skips STARTTLS"),
    played(18, "CVE-2020-14093", "mutt < 1.14.3", "PREAUTH in the clear skips STARTTLS"),
    played(19, "CVE-2020-14929", "Alpine < 2.23", "PREAUTH in the clear skips STARTTLS"),
    played(20, "CVE-2021-39272", "fetchmail ≤ 6.4.21", "PREAUTH in the clear skips STARTTLS"),
    played(21, "horde 9a56ab4e", "Horde_Imap_Client, go-imap v2", "PREAUTH in the clear skips STARTTLS"),
    played(22, "CVE-2020-16118", "Balsa < 2.5.10", "NULL dereference on PREAUTH where TLS is required"),
    played(23, "CVE-2021-32066", "Ruby Net::IMAP ≤ 3.0.1", "unknown answer to STARTTLS: no exception, goes on in the clear"),
    played(24, "CVE-2026-42246", "net-imap < 0.6.4 / 0.5.14 / 0.4.24 / 0.3.10", "guessed tagged OK arrives before the command is fully sent; the TLS handler never runs"),
    played(25, "CVE-2021-22946", "curl 7.20 – 7.78", "--ssl-reqd bypassed by a legal answer"),
    played(26, "CVE-2020-28896", "mutt < 2.0.2, neomutt", "invalid greeting: \"bailed\" but kept the socket, then logged in"),
    played(27, "imapflow #242", "several", "opportunistic STARTTLS: stripping"),
    played(28, "none", "Gmail Android/Go, Samsung Email", "mail leaked in the clear after tampering with the negotiation"),
    elsewhere(29, "CVE-2026-4873", "curl 7.20 – 8.19", "pool hands a cleartext connection to a request that requires TLS", "there is no pool of connections"),
    elsewhere(30, "CVE-2026-8286", "curl 7.30 – 8.20", "reuse of a STARTTLS connection with other TLS settings", "there is no pool of connections"),
    elsewhere(31, "CVE-2022-22576", "curl", "reuse with another bearer; bearer sent to another host and protocol on a redirect", "there is no pool, and nothing is followed to another host"),
    played(32, "L_1", "paper", "LOGIN/SELECT answered by [REFERRAL imap://...]"),
    played(33, "UI spoofing", "paper", "[ALERT] text before TLS shown to the user"),
    played(34, "CVE-2011-1947", "fetchmail < 6.3.20", "no time-out in STARTTLS: freezes of more than a week"),
    played(35, "curl 7.88.1", "curl", "-m does not bound the wait for LOGOUT's answer: hangs without end"),
    elsewhere(36, "CVE-2011-0411", "Postfix and 15 servers (server side)", "plaintext commands behind STARTTLS run inside TLS; ~320,000 servers (2 %)", "the client sends nothing behind STARTTLS: tests of the engine"),
    played(37, "CVE-2020-16117", "Evolution", "invalid free where no auth mechanism is offered"),
    played(38, "Balsa #48", "Balsa", "stack overflow by repeated BAD to CAPABILITY; crash on untagged EXPUNGE"),
    played(39, "CVE-2013-0289", "isync", "subject never checked"),
    played(40, "CVE-2007-5770", "Ruby net/imap 1.8", "CN not checked"),
    played(41, "CVE-2021-26911", "Canary Mail, mailcore2", "check missing on the STARTTLS path only"),
    elsewhere(42, "CVE-2020-24661", "Geary < 3.36.3", "one exception trusts every later certificate", "a pin is one certificate's hash: tests of the clients"),
    played(43, "CVE-2020-15047", "Trojitá", "untrusted accepted (SMTP)"),
    elsewhere(44, "CVE-2020-14154", "mutt with GnuTLS", "expired intermediate passes", "the whole verdict of rustls is used; a chain of one is played"),
    played(45, "CVE-2009-2666", "fetchmail < 6.3.11", "NUL inside CN/SAN"),
    played(46, "CVE-2014-1263", "curl backends", "IP-address hosts skip the check"),
    played(47, "CVE-2026-46428", "lettre 0.10.1 – 0.11.21 with boring-tls", "inverted boolean turns host check off"),
    played(48, "mutt cde1fcfc", "both", "CN used although SAN has DNS names"),
    played(49, "none", "Outlook mobile, OfflineIMAP, Yandex, Mail.ru", "host or chain not checked"),
    elsewhere(50, "RUSTSEC-2023-0053", "rustls-webpki", "path-building CPU; CRL and name-constraint slips; panic in CRL parsing", "the version of rustls-webpki is held by the lock file"),
    played(51, "RUSTSEC-2024-0336", "rustls complete_io (Stream, StreamOwned)", "endless loop on close_notify in the hand-shake; tokio-rustls not affected"),
    elsewhere(52, "CVE-2006-0377", "SquirrelMail 1.4.0 – 1.4.5", "CR LF in the mailbox parameter (\"IMAP injection\")", "arguments are types that cannot hold it: tests of the encoder"),
    elsewhere(53, "CVE-2012-0036", "curl 7.20 – 7.23.1", "%0d%0a in the URL path", "arguments are types that cannot hold it: tests of the encoder"),
    elsewhere(54, "CVE-2025-15366", "Python imaplib", "CR/LF/NUL in any argument; a first fix that refused all control characters broke mailboxes with TAB", "arguments are types that cannot hold it: tests of the encoder"),
    elsewhere(55, "imapclient #657", "Python", "SEARCH criteria inline; CPython's fix does not reach them", "search keys are types: tests of the encoder"),
    elsewhere(56, "CVE-2026-42257", "net-imap", "raw strings in search, fetch, store", "arguments are types that cannot hold it: tests of the encoder"),
    elsewhere(57, "CVE-2026-42258", "net-imap", "flag symbols not checked", "flags are a checked type: tests of the types"),
    elsewhere(58, "CVE-2026-47240", "net-imap < 0.6.4.1", "{n+} inside raw data, server without LITERAL+: body read as commands", "raw text is checked before it is sent: tests of the encoder"),
    elsewhere(59, "CVE-2026-47241", "net-imap", "argument ending in {0} swallows the next command", "raw text is checked before it is sent: tests of the encoder"),
    elsewhere(60, "CVE-2026-47242", "net-imap", "ID values and ENABLE words unchecked", "arguments are types that cannot hold it: tests of the encoder"),
    elsewhere(61, "imapflow e107292", "imapflow", "sequence sets, TEXT, NUMBER, partial written verbatim", "sets are types: tests of the encoder"),
    elsewhere(62, "commons-net #399", "Java, Python", "mailbox quoting ignores CR LF or \" and \\", "one encoder writes all strings: property tests"),
    elsewhere(63, "screenpipe #5660", "Rust, on async-imap", "async-imap checks mailbox names (validate_str, 27 uses) but sends search keys verbatim", "search keys are types: tests of the encoder"),
    elsewhere(64, "CVE-2018-14352", "mutt", "quoting leaves no room; underflow", "memory is safe: no unsafe code"),
    played(65, "CVE-2018-14354", "mutt", "server's mailbox name reaches a shell by backquotes (subscribe)"),
    elsewhere(66, "CVE-2018-19518", "c-client, PHP imap_open", "mailbox string starts rsh/ssh with attacker's options", "a tunnel is a list of words that no shell reads: tests of the endpoint"),
    played(67, "CVE-2025-43857", "net-imap", "allocates what {n} announces; limit now 512 MiB default, nil in old branches"),
    played(68, "CPython #119511", "imaplib", "allocates what {n} announces; limit now 512 MiB default, nil in old branches"),
    played(69, "CVE-2021-3657", "isync < 1.4.4", "literal over 2 GB overflows int"),
    played(70, "CVE-2003-0297", "Pine, c-client", "integer overflow, signedness of sizes"),
    played(71, "libetpan 6da0610", "several", "numbers over 32/64 bits: wrap or panic"),
    played(72, "CVE-2026-42245", "net-imap", "each literal rescans the buffer: O(n²)"),
    played(73, "imapflow e107292", "imapflow", "{ followed by many digits: O(n²)"),
    played(74, "CVE-2025-25186", "net-imap", "COPYUID 1 1:4294967295 1:4294967295: 44 bytes become 64 GiB"),
    played(75, "CVE-2021-32055", "mutt, neomutt", "set ending in a comma: read out of bounds"),
    played(76, "CVE-2013-1752", "Python imaplib and others", "unlimited line"),
    played(77, "mutt a739e126", "mutt", "line over UINT_MAX: realloc shrinks"),
    played(78, "go-imap f789966", "parsers", "nested lists overflow the stack"),
    played(79, "mutt 758d406e", "MIME walkers", "same for MIME"),
    played(80, "CVE-2024-23184", "Dovecot", "100 k address headers = 12 s, 500 k = 18 min"),
    played(81, "CVE-2021-3181", "mutt ≤ 2.0.4", "runs of ; in addresses eat memory"),
    played(82, "CVE-2026-42256", "net-imap 0.4 – 0.6.3", "SCRAM i=2^31-1: minutes of PBKDF2"),
    played(83, "go-imap #93", "libraries", "limits that exist today"),
    played(84, "COMPRESS=DEFLATE bomb", "–", "no CVE found; RFC 4978 3 says only when to switch"),
    played(85, "untagged flood", "imaplib: no bound; curl: total -m", "per-read time-outs never fire"),
    played(86, "CVE-2010-1167", "fetchmail", "odd header bytes make the log code grow or crash"),
    played(87, "CVE-2021-3578", "isync < 1.4.2", "APPENDUID code on another command: type confusion"),
    played(88, "CVE-2021-44143", "isync 1.4.0 – 1.4.3", "message without header: heap overflow"),
    played(89, "CVE-2017-1000257", "curl 7.20 – 7.56.0", "FETCH literal of 0 bytes: strlen over heap"),
    played(90, "curl 7.88.1", "curl", "prints the first FETCH literal, also of another message"),
    played(91, "CVE-2018-14349", "mutt", "NO without text; INTERNALDATE or RFC822.SIZE too long"),
    played(92, "meli 5d968b7", "Rust, Go", "EXPUNGE or numbers from the server index a Vec: panic"),
    played(93, "CVE-2022-4121", "libetpan ≤ 1.9.4", "STATUS with no list: NULL"),
    played(94, "CVE-2026-43859", "mutt < 2.3.2, neomutt", "CRAM-MD5 digest cut at NUL; GSSAPI token read past its end"),
    played(95, "CVE-2012-3482", "fetchmail", "server's error text decoded as NTLM: leak"),
    played(96, "async-imap #35", "Rust, Go", "OAuth error challenge unanswered: result lost; empty answer sent as ="),
    played(97, "none", "Python imaplib", "LOGIN sent although LOGINDISABLED, also inside TLS"),
    played(98, "RFC 5802", "–", "SCRAM server signature not checked"),
    played(99, "CVE-2023-4874", "mutt, meli", "NULL, panic on encoded words"),
    played(100, "CVE-2003-0140", "mutt, Balsa", "mUTF-7 decoder overflow; e832240e (2020): no surrogates"),
    played(101, "CVE-2021-20247", "isync < 1.4.1", "'..' in LIST name leaves the Maildir"),
    played(102, "CVE-2018-14355", "mutt", "'..' in IMAP cache path; odd characters in POP cache path"),
    played(103, "CVE-2026-2604", "evolution-data-server", "cache file removal outside the folder"),
    played(104, "CVE-2023-35169", "php-imap < 5.3.0", "attachment name is a path"),
    played(105, "CWE-150: resend-cli #216/#240", "mail CLIs", "ESC, OSC 52, C1 and CR from subjects and names reach the terminal"),
    elsewhere(106, "aioimaplib #93", "many", "passwords and tokens in debug logs; also in literals and SASL lines after +", "the encoder replaces secrets by type: tests of the trace"),
    played(107, "none", "clients that look for open quotes before a literal", "a quote that the server does not escape turns the lines of a message into responses"),
];

#[cfg(test)]
mod tests {
    use super::super::scenarios;
    use super::*;

    #[test]
    fn each_attack_is_played_or_says_why_not() {
        let played: Vec<u8> = scenarios().iter().flat_map(|scenario| scenario.attacks).copied().collect();
        for (place, attack) in ATTACKS.iter().enumerate() {
            assert_eq!(usize::from(attack.number), place + 1);
            let is_played = played.contains(&attack.number);
            assert_eq!(is_played, attack.covered == Covered::Played, "{}: {}", attack.number, attack.what);
        }
        assert!(played.iter().all(|number| ATTACKS.iter().any(|attack| attack.number == *number)));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = scenarios().iter().map(|scenario| scenario.name).collect();
        names.sort_unstable();
        assert!(names.len() >= 80);
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
