//! The subjects: each does what a scenario asks for, and reports what it cost.

mod async_imap;
mod floor;
mod meter;
mod ours;
mod rust_imap;
mod script;
mod sessions;
mod task;

pub(crate) use meter::Meter;
pub(crate) use script::Scripts;
pub(crate) use sessions::hold as hold_sessions;
pub(crate) use task::Task;

use crate::outcome::Outcome;
use crate::scenario::Subject;

/// Carries out a task in this process.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let task = Task::from_words(words).ok_or("a task is: subject operation port certificate expected bytes")?;
    let seen = match task.subject {
        Subject::Floor => floor::run(&task)?,
        Subject::Blocking | Subject::BlockingCollected => ours::blocking::run(&task)?,
        Subject::Async | Subject::AsyncCollected => ours::on_tokio::run(&task)?,
        Subject::RustImap => rust_imap::run(&task)?,
        Subject::AsyncImap => async_imap::run(&task)?,
        Subject::Imaplib | Subject::Aioimaplib | Subject::Imapflow => return Err("a script, not this program".into()),
    };
    match seen == task.expected {
        true => Ok(()),
        false => Err(format!("wrong: {seen} of {}", task.expected).into()),
    }
}
