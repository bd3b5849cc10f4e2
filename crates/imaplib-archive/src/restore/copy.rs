//! A whole account to another one: what is sent is noted in a ledger.

use std::time::Duration;

use crate::error::Result;
use crate::observer::Observer;
use crate::options::Cancel;
use crate::restore::from_server::ServerOrigin;
use crate::restore::ledger_file::CopyLedger;
use crate::restore::options::RestoreOptions;
use crate::restore::plan::{Counting, Plan};
use crate::source::Source;

impl CopyLedger {
    /// Plans to copy the messages of the account `from` to the account `target`: looks at what there is, and changes nothing. What
    /// is sent is noted in the ledger, so that each message is sent once, however often it is begun and broken off. The mailboxes
    /// of `from` are opened with EXAMINE, and nothing is changed in them.
    ///
    /// The messages are counted only if `counts` is set, or the target has a quota: see
    /// [`PlannedMailbox::messages`](crate::PlannedMailbox::messages).
    ///
    /// # Errors
    /// As those of [`Archive::plan_restore`](crate::Archive::plan_restore).
    pub fn plan<'a>(
        &'a self,
        from: &'a mut dyn Source,
        target: &'a mut dyn Source,
        options: &RestoreOptions,
        counts: bool,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Plan<'a>> {
        let origin = ServerOrigin::new(from, self, options.longest_pause.unwrap_or(Duration::MAX));
        let counting = if counts { Counting::All } else { Counting::IfLimited };
        Plan::new(Box::new(origin), self, self.target(), target, options.clone(), counting, (observer, cancel))
    }
}
