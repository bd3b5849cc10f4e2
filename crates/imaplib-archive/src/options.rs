//! What a run brings up to date, and how; and what ends it from outside.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use imaplib::types::{Listing, MailboxName};

use crate::error::{ArchiveError, Result};
use crate::pattern;

/// How a run works.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Options {
    pub(crate) selection: Selection,
    pub(crate) is_verifying: bool,
    pub(crate) is_pruning: bool,
    pub(crate) keeps_gone: bool,
    pub(crate) allows_mass_changes: bool,
    pub(crate) longest_pause: Option<Duration>,
}

impl Options {
    /// All mailboxes are brought up to date, and nothing is removed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings these mailboxes alone up to date.
    #[must_use]
    pub fn selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Whether to look at every file, compare it with its SHA-256, and fetch again what is missing or damaged.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.is_verifying = verify;
        self
    }

    /// Whether to remove messages that are no longer on the server.
    #[must_use]
    pub fn prune(mut self, prune: bool) -> Self {
        self.is_pruning = prune;
        self
    }

    /// Whether to keep for good what is gone from the server now, where messages would be removed: this run removes none of
    /// them, and neither do later ones. It ends what [`Finding::NotPruned`](crate::Finding::NotPruned) and
    /// [`Finding::NotPrunedAfterSetBack`](crate::Finding::NotPrunedAfterSetBack) report.
    #[must_use]
    pub fn keep_gone(mut self, keep: bool) -> Self {
        self.keeps_gone = keep;
        self
    }

    /// Whether to believe what is more likely a mistake of the server: see
    /// [`ArchiveError::NotBelieved`](crate::ArchiveError::NotBelieved) and [`Finding::NotPruned`](crate::Finding::NotPruned).
    #[must_use]
    pub fn allow_mass_changes(mut self, allow: bool) -> Self {
        self.allows_mass_changes = allow;
        self
    }

    /// The longest wait before another connection is made, unless the server asks for more; some seconds otherwise.
    #[must_use]
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = Some(pause);
        self
    }
}

/// Which of the listed mailboxes are brought up to date.
#[derive(Default)]
pub struct Selection {
    choose: Option<Box<Choose>>,
    patterns: Vec<String>,
}

/// Returns the mailboxes that are chosen.
type Choose = dyn Fn(&[Listing]) -> Result<HashSet<MailboxName>, Box<dyn Error + Send + Sync>> + Send + Sync;

impl Selection {
    /// All mailboxes.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// The mailboxes that match one of `included`, or all where it is empty, and none of `excluded`: see
    /// [`pattern::matches`].
    #[must_use]
    pub fn patterns(included: Vec<String>, excluded: Vec<String>) -> Self {
        if included.is_empty() && excluded.is_empty() {
            return Self::all();
        }
        let patterns = included.clone();
        let chosen = Self::by(move |listed| {
            let any = |patterns: &[String], listing: &Listing| {
                let name = listing.name.to_text();
                patterns.iter().any(|pattern| pattern::matches(pattern, &name, listing.delimiter))
            };
            let chosen = listed
                .iter()
                .filter(|listing| (included.is_empty() || any(&included, listing)) && !any(&excluded, listing));
            Ok(chosen.map(|listing| listing.name.clone()).collect())
        });
        chosen.among(patterns)
    }

    /// The mailboxes that `choose` returns.
    #[must_use]
    pub fn by(
        choose: impl Fn(&[Listing]) -> Result<HashSet<MailboxName>, Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    ) -> Self {
        Self { choose: Some(Box::new(choose)), patterns: Vec::new() }
    }

    /// All that is chosen matches one of these patterns: where there are more mailboxes than can be listed at once, only those that
    /// match are listed.
    #[must_use]
    pub fn among(mut self, patterns: Vec<String>) -> Self {
        self.patterns = patterns;
        self
    }

    pub(crate) fn is_all(&self) -> bool {
        self.choose.is_none()
    }

    /// The patterns that all chosen mailboxes match, if there are any.
    pub(crate) fn listed_by(&self) -> &[String] {
        &self.patterns
    }

    /// The chosen ones of these; `None` for all.
    pub(crate) fn choose(&self, listed: &[Listing]) -> Result<Option<HashSet<MailboxName>>> {
        let Some(choose) = &self.choose else { return Ok(None) };
        choose(listed).map(Some).map_err(|error| ArchiveError::Selection(Arc::from(error)))
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_all() { "Selection::all()" } else { "Selection::by(…)" })
    }
}

/// Ends a run: what has arrived is made durable first. Clones share one state, so that another thread can cancel.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A run that nothing ends yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the run.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the run is to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for a signal handler that can only set a flag.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Fails if the run is to end.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(ArchiveError::Cancelled) } else { Ok(()) }
    }
}
