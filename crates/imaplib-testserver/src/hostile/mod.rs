//! A server that attacks its clients: scenarios to play against any IMAP client, and what a safe one does in each.
//!
//! [`scenarios`] is the table. Each [`Scenario`] tells what the client is to do, and what counts as safe. Start
//! [`Hostile`] with it, let your client do that, and have the [`Report`] judged:
//!
//! ```
//! use imaplib_testserver::hostile::{Ended, Hostile, Report, scenario};
//!
//! let scenario = scenario("greeting-is-http").ok_or("no such scenario")?;
//! let server = Hostile::start(&scenario)?;
//! // Here a client connects to server.port(), and refuses what it hears.
//! let report = Report { ended: Ended::Failed(None), heard: server.heard(), ..Report::default() };
//! assert_eq!(scenario.faults(&report), [""; 0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The account is [`USER`] with [`PASSWORD`]; its INBOX holds one short message with UID 1. [`ATTACKS`] lists what has been
//! done to real clients, and how each is covered here.

mod attack;
mod certificate;
mod judge;
mod play;
mod scenario;
mod script;
mod table;
mod wire;

pub use attack::{ATTACKS, Attack, Covered};
pub use judge::{Ended, Failure, Heard, Report};
pub use play::Hostile;
pub use scenario::{Action, Certificate, Channel, End, Login, Safe, Scenario, Secret};
pub use table::scenarios;

/// The user whose mail is at stake.
pub const USER: &str = "alice";

/// The password, which must not be heard where others can listen.
pub const PASSWORD: &str = "correct-horse-battery";

/// The access token of OAUTHBEARER and XOAUTH2.
pub const TOKEN: &str = "ya29.hostile-token";

/// The scenario of this name.
#[must_use]
pub fn scenario(name: &str) -> Option<Scenario> {
    scenarios().into_iter().find(|scenario| scenario.name == name)
}
