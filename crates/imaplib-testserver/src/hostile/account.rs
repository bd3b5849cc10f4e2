//! The account that is attacked.

/// The user whose mail is at stake.
pub const USER: &str = "alice";

/// The password, which must not be sent where others can read it.
pub const PASSWORD: &str = "correct-horse-battery";

/// The access token of OAUTHBEARER and XOAUTH2.
pub const TOKEN: &str = "ya29.hostile-token";
