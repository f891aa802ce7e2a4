-- What onepurse keeps in a bot's database. Every name begins with onepurse_; nothing of the bot's own is changed.

-- One row: which replica this is, and how far it has got.
CREATE TABLE onepurse_replica (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema INTEGER NOT NULL,
    replica BLOB NOT NULL,
    ledger BLOB NOT NULL,
    platform TEXT NOT NULL,
    cursor_seq INTEGER NOT NULL,
    cursor_hash BLOB NOT NULL,
    resync INTEGER NOT NULL,        -- 1: the next question is from zero, and is asked even of an empty ledger
    compare INTEGER NOT NULL,       -- 1: compare after the next answer; 2: compare now
    question TEXT,                  -- why it is paused, as JSON
    decision TEXT,                  -- what the operator said
    put_backs INTEGER NOT NULL,
    soon_overwrites INTEGER NOT NULL
);

-- One row for each asset that is captured.
CREATE TABLE onepurse_mapping (
    mapping INTEGER PRIMARY KEY,
    asset TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,       -- what capture depends on
    stamp TEXT NOT NULL,            -- stands in each of its triggers
    negatives INTEGER NOT NULL      -- 1: negative balances were seen, so zero is no floor
);

-- What is known of each identity. `stored` is its purse's balance at the cursor.
CREATE TABLE onepurse_identity (
    mapping INTEGER NOT NULL,
    id TEXT NOT NULL,
    stored INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    opened INTEGER NOT NULL DEFAULT 0,  -- 1: its opening is in the outbox, or in the ledger
    todo INTEGER NOT NULL DEFAULT 0,    -- 1: the bot's row waits for `stored`; 2: the row was inserted again
    paused TEXT,                        -- why it is left alone
    inbound_before INTEGER,             -- the last inbound change of the bot's row
    inbound_after INTEGER,
    inbound_ms INTEGER,
    base INTEGER,                       -- `stored` when this database was detached, until the comparison after that
    PRIMARY KEY (mapping, id)
) WITHOUT ROWID;
CREATE INDEX onepurse_identity_todo ON onepurse_identity (mapping, id) WHERE todo <> 0;

-- Events captured and not included yet. One plain insert is all that a bot's write costs: no other index, no counter.
CREATE TABLE onepurse_outbox (
    n INTEGER PRIMARY KEY,
    mapping INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    delta INTEGER NOT NULL,
    before INTEGER,
    after INTEGER,
    at_ms INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    reason TEXT
);

-- Events that are included, kept until no backup of the ledger that one would restore lacks them.
CREATE TABLE onepurse_kept (
    k INTEGER PRIMARY KEY,
    mapping INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    delta INTEGER NOT NULL,
    before INTEGER,
    after INTEGER,
    at_ms INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    reason TEXT,
    included_ms INTEGER NOT NULL
);

-- What a row showed before an INSERT that may replace it, where that is not what it should have shown.
CREATE TABLE onepurse_note (
    mapping INTEGER NOT NULL,
    id TEXT NOT NULL,
    value INTEGER,
    PRIMARY KEY (mapping, id)
) WITHOUT ROWID;

-- Known identities whose row was deleted, and what it showed.
CREATE TABLE onepurse_gone (
    mapping INTEGER NOT NULL,
    id TEXT NOT NULL,
    value INTEGER,
    at_ms INTEGER NOT NULL,
    accepted INTEGER NOT NULL DEFAULT 0,    -- 1: taken for granted
    absent INTEGER NOT NULL DEFAULT 0,      -- 1: an INSERT has found that there is no row, so it replaces none
    PRIMARY KEY (mapping, id)
) WITHOUT ROWID;
CREATE INDEX onepurse_gone_lately ON onepurse_gone (at_ms) WHERE accepted = 0;

-- The identity whose row onepurse itself is writing: its change is not captured. Empty outside such a transaction.
CREATE TABLE onepurse_applying (
    mapping INTEGER NOT NULL,
    id TEXT NOT NULL
);
