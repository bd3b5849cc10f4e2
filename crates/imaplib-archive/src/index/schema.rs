//! The tables of the archive's database, and how those of older versions become these.

use rusqlite::Connection;

/// The version of the tables that this program writes.
pub(crate) const VERSION: i64 = 10;

const VERSION_1: &str = "
CREATE TABLE IF NOT EXISTS mailboxes (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,                 -- as people read it
    wire BLOB NOT NULL UNIQUE,          -- the same in UTF-8 as the server knows it, or the server's bytes
    dir TEXT NOT NULL UNIQUE,           -- the folder, relative to the archive
    uidvalidity INTEGER NOT NULL DEFAULT 0,
    uidnext INTEGER NOT NULL DEFAULT 0,
    highestmodseq INTEGER NOT NULL DEFAULT 0,   -- of the last complete run; 0 if there was none
    unsettled INTEGER NOT NULL DEFAULT 1        -- 1 while a run works on the folder: files may be ahead of this database
);
CREATE TABLE IF NOT EXISTS messages (
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id),
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    file TEXT NOT NULL,                 -- the name in the folder's cur/
    flags TEXT NOT NULL,                -- as the server wrote them, keywords too
    size INTEGER NOT NULL,
    internaldate INTEGER,               -- seconds since 1970-01-01 UTC
    sha256 BLOB,
    expunged INTEGER NOT NULL DEFAULT 0,        -- 1 if it is no longer on the server
    PRIMARY KEY (mailbox, uidvalidity, uid)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS archive (
    identity TEXT NOT NULL              -- whose mail this is, in one row
);
";

/// A message whose UID means another one now has the UIDVALIDITY 0, which no server has, and a number of the archive's own.
const VERSION_2: &str = "
ALTER TABLE messages ADD COLUMN announced INTEGER;  -- RFC822.SIZE, which need not be the file's size
ALTER TABLE messages ADD COLUMN unreliable INTEGER NOT NULL DEFAULT 0;  -- what of date and size has changed without a cause
ALTER TABLE messages ADD COLUMN was_uidvalidity INTEGER;    -- of a message that was set aside: what it had before
ALTER TABLE messages ADD COLUMN was_uid INTEGER;
ALTER TABLE mailboxes ADD COLUMN compared INTEGER NOT NULL DEFAULT 0;   -- when all dates and sizes were last compared
ALTER TABLE mailboxes ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;    -- when a new message last arrived
ALTER TABLE mailboxes ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;   -- runs in succession that saw a new UIDVALIDITY
ALTER TABLE mailboxes ADD COLUMN selects INTEGER NOT NULL DEFAULT 0;    -- 1 if UIDs last only after SELECT
ALTER TABLE mailboxes ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;       -- 1 if it was reported as gone from the server
ALTER TABLE archive ADD COLUMN has_port INTEGER NOT NULL DEFAULT 0;     -- 1 if the identity has the port, unless it is a usual one
";

const VERSION_3: &str = "
CREATE TABLE failing (                  -- messages that the server could not send
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id),
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    tried INTEGER NOT NULL,             -- grows with each attempt: those with the least were tried longest ago
    PRIMARY KEY (mailbox, uidvalidity, uid)
) WITHOUT ROWID;
ALTER TABLE messages ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0;    -- of a file that was found, and never compared with the
                                        -- server's message: 1 after an interrupted run, 2 without a database (--adopt)
ALTER TABLE messages ADD COLUMN found_sha256 BLOB;      -- of the file that was found, until its comparison is reported
CREATE INDEX unproven_messages ON messages (mailbox, uidvalidity, uid) WHERE unproven > 0;
CREATE INDEX compared_messages ON messages (mailbox, uidvalidity, uid) WHERE found_sha256 IS NOT NULL;
";

const VERSION_4: &str = "
ALTER TABLE mailboxes ADD COLUMN set_back INTEGER NOT NULL DEFAULT 0;   -- 1 if the server lost messages by being set back:
                                        -- none is pruned until it is confirmed that they are not wanted
ALTER TABLE archive ADD COLUMN doubted INTEGER;         -- the greatest mailbox id from before the first run that was not
                                        -- believed; NULL once a run was
ALTER TABLE archive ADD COLUMN turn INTEGER NOT NULL DEFAULT 0; -- the mailbox whose turn it was to be probed
";

const VERSION_5: &str = "
ALTER TABLE messages ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;    -- of a message that no server has, once it was reported:
                                        -- 1 if its file is missing, 2 if it is damaged
ALTER TABLE messages ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;    -- 1 if it is gone from the server and never pruned
CREATE INDEX lost_messages ON messages (mailbox, uidvalidity, uid) WHERE lost > 0;
CREATE INDEX kept_messages ON messages (mailbox, uidvalidity, uid) WHERE kept > 0;
CREATE TABLE levels (                   -- how many messages a mailbox had on the days on which some were pruned
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id),
    day INTEGER NOT NULL,               -- since 1970
    messages INTEGER NOT NULL,          -- the most of that day
    PRIMARY KEY (mailbox, day)
) WITHOUT ROWID;
";

const VERSION_6: &str = "
CREATE TABLE shorter (                  -- messages of which fewer bytes came than the server announced
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id),
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    sha256 BLOB,                        -- of what came last
    times INTEGER NOT NULL,             -- how often it came
    is_open INTEGER NOT NULL,           -- 1 if it is to be asked for again
    is_same INTEGER NOT NULL,           -- 1 if the same bytes came the last two times
    PRIMARY KEY (mailbox, uidvalidity, uid)
) WITHOUT ROWID;
";

const VERSION_7: &str = "
CREATE TABLE log_position (             -- up to where the log is in this database, in one row
    file INTEGER NOT NULL,              -- the number of its file
    length INTEGER NOT NULL,            -- the length of that
    batch INTEGER NOT NULL,             -- the number of its last batch
    chain TEXT NOT NULL                 -- the chain of that
);
ALTER TABLE mailboxes ADD COLUMN delimiter TEXT;        -- between the levels of its name
ALTER TABLE mailboxes ADD COLUMN mailbox_id TEXT;       -- MAILBOXID (RFC 8474)
ALTER TABLE mailboxes ADD COLUMN special_use TEXT;      -- its special uses (RFC 6154), with blanks between them
ALTER TABLE mailboxes ADD COLUMN subscribed INTEGER;    -- 1 if the user subscribes to it
ALTER TABLE mailboxes ADD COLUMN described TEXT;        -- what its .mailbox.json contains
ALTER TABLE messages ADD COLUMN zone INTEGER;           -- of INTERNALDATE, in minutes east of UTC
ALTER TABLE messages ADD COLUMN server_id TEXT;         -- the server's own identifier, such as EMAILID (RFC 8474)
";

const VERSION_8: &str = "
ALTER TABLE mailboxes ADD COLUMN moved_from TEXT;       -- the folder from which its files are being moved: it was renamed
";

/// The two tables of what was sent to other servers. A ledger file has them, too, and no others.
pub(crate) const SENT: &str = "
CREATE TABLE IF NOT EXISTS targets (    -- mailboxes of other accounts into which messages were sent
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    wire BLOB NOT NULL,                 -- the mailbox's name in UTF-8
    uidvalidity INTEGER NOT NULL,
    UNIQUE (account, wire, uidvalidity)
);
CREATE TABLE IF NOT EXISTS sent (       -- which messages were sent there
    target INTEGER NOT NULL REFERENCES targets (id),
    mailbox INTEGER NOT NULL,           -- where the message was: a mailbox of the archive, or of the account it is copied from
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    uidnext INTEGER NOT NULL,           -- the UIDNEXT of the target before it was sent
    size INTEGER NOT NULL,
    internaldate INTEGER,
    message_id TEXT,                    -- as it is compared: on one line, X for what is not ASCII
    header BLOB,                        -- the SHA-256 of a header that is not all ASCII
    to_uid INTEGER,                     -- where it is; NULL while that is not known
    state INTEGER NOT NULL DEFAULT 0,   -- 0 sent, 1 there, 2 there and compared
    PRIMARY KEY (target, mailbox, uidvalidity, uid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unfinished_messages ON sent (target, mailbox) WHERE state < 2;
";

const VERSION_10: &str = "
CREATE INDEX equal_messages ON messages (sha256, internaldate) WHERE sha256 IS NOT NULL;
CREATE INDEX called_messages ON messages (server_id) WHERE server_id IS NOT NULL;
";

/// Makes the tables, or brings those of an older version up to date: all of it or nothing.
pub(crate) fn bring_up(connection: &mut Connection, version: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let versions =
        [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6, VERSION_7, VERSION_8, SENT, VERSION_10];
    let versions = (1..).zip(versions);
    for (number, statements) in versions {
        if version < number {
            transaction.execute_batch(statements)?;
        }
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
