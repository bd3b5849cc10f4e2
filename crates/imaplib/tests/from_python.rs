//! The page for people who come from Python names every public name of imaplib.
#![allow(missing_docs)]

/// The names that the module's documentation has, of all its versions.
const NAMES: &str = "IMAP4 IMAP4_SSL IMAP4_stream IMAP4.error IMAP4.abort IMAP4.readonly Internaldate2tuple Int2AP \
    ParseFlags Time2Internaldate append authenticate capability check close copy create delete deleteacl enable expunge \
    fetch getacl getannotation getquota getquotaroot id idle list login login_cram_md5 login_plain logout lsub move \
    myrights namespace noop partial proxyauth recent rename response search select setacl setannotation setquota sort \
    starttls status store subscribe thread uid unselect unsubscribe xatom open read readline send shutdown socket welcome \
    state capabilities PROTOCOL_VERSION is_readonly untagged_responses utf8_enabled debug print_log timeout IMAP4_PORT \
    IMAP4_SSL_PORT";

#[test]
fn every_name_of_imaplib_has_a_row() {
    let page = include_str!("../../../docs/from-python.md");
    let first_cells: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
    let missing: Vec<&str> = NAMES
        .split_whitespace()
        .filter(|name| !first_cells.iter().any(|cell| cell.contains(&format!("`{name}`"))))
        .collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
}
