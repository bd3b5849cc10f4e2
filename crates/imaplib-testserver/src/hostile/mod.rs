//! A server that attacks its clients: scenarios to play against any IMAP client, and what a safe one does in each.
//!
//! [`scenarios`] is the table. Each [`Scenario`] states what the client is to do, and what counts as safe. Start
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
mod outcome;
mod play;
mod scenario;
mod script;
mod table;
mod wire;

pub use attack::{ATTACKS, Attack, Covered};
pub use outcome::{Ended, Failure, Heard, PASSWORD, Report, TOKEN, USER};
pub use play::Hostile;
pub use scenario::{Action, Certificate, Channel, End, Login, Safe, Scenario, Secret};
pub use table::scenarios;

/// The scenario of this name.
#[must_use]
pub fn scenario(name: &str) -> Option<Scenario> {
    scenarios().into_iter().find(|scenario| scenario.name == name)
}
