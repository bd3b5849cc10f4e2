//! What a run has to know of the runs before it.

use rusqlite::OptionalExtension as _;

use crate::error::Result;
use crate::index::Index;

impl Index {
    /// If the last run was not believed: the greatest ID of a mailbox from before the first such run.
    pub(crate) fn doubted(&self) -> Result<Option<i64>> {
        let sql = "SELECT doubted FROM archive";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?.flatten())
    }

    /// Notes that the run is not believed, or that it is.
    pub(crate) fn set_doubted(&self, greatest: Option<i64>) -> Result<()> {
        self.connection.execute("UPDATE archive SET doubted = ?1", [greatest])?;
        Ok(())
    }

    /// The ID of the mailbox whose turn it was to be probed; 0 if it was none's.
    pub(crate) fn last_turn(&self) -> Result<i64> {
        let sql = "SELECT turn FROM archive";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// Notes whose turn it is to be probed.
    pub(crate) fn set_turn(&self, mailbox: i64) -> Result<()> {
        self.connection.execute("UPDATE archive SET turn = ?1", [mailbox])?;
        Ok(())
    }
}
