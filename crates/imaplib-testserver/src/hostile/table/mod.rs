//! The table of scenarios, one file a subject.

mod certificates;
mod dense;
mod endings;
mod floods;
mod framing;
mod greetings;
mod literals;
mod logins;
mod names;
mod nesting;
mod numbers;
mod rows;
mod starttls;
mod texts;

use super::scenario::Scenario;

/// All scenarios.
#[must_use]
pub fn scenarios() -> Vec<Scenario> {
    [
        starttls::scenarios(),
        greetings::scenarios(),
        certificates::scenarios(),
        logins::scenarios(),
        literals::scenarios(),
        nesting::scenarios(),
        numbers::scenarios(),
        dense::scenarios(),
        floods::scenarios(),
        rows::scenarios(),
        framing::scenarios(),
        endings::scenarios(),
        names::scenarios(),
        texts::scenarios(),
    ]
    .concat()
}
