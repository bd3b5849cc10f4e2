//! What imaplib does with few features: `./check-crates features` runs the tests of this crate with each TLS library alone, and
//! with none.
