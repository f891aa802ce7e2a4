-- The ledger's first schema. It lives in a file of its own, which nothing but a ledger writes to.

-- Which ledger this is, and where its log ends: one row, locked and moved by every transaction that appends.
CREATE TABLE ledger (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    schema     INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    head_seq   INTEGER NOT NULL,
    head_hash  BLOB    NOT NULL CHECK (length(head_hash) = 32)
) STRICT;

-- What is counted, and how many decimals of it.
CREATE TABLE asset (
    id    INTEGER PRIMARY KEY,
    name  TEXT    NOT NULL UNIQUE,
    scale INTEGER NOT NULL CHECK (scale BETWEEN 0 AND 9)
) STRICT;

-- One person's balances. A purse that was merged into another stays here, with nobody in it.
CREATE TABLE purse (
    id         INTEGER PRIMARY KEY,
    created_ms INTEGER NOT NULL
) STRICT;

-- Who someone is on one platform, and whose purse that is now. The chain of entries covers the tag, which is a hash
-- of the name under the salt: without the salt it tells nothing.
CREATE TABLE identity (
    id       INTEGER PRIMARY KEY,
    platform TEXT    NOT NULL,
    external TEXT    NOT NULL,
    purse    INTEGER NOT NULL REFERENCES purse (id),
    salt     BLOB    NOT NULL CHECK (length(salt) = 16),
    tag      BLOB    NOT NULL CHECK (length(tag) = 32),
    UNIQUE (platform, external)
) STRICT;

-- A purse has at most one identity a platform.
CREATE UNIQUE INDEX identity_purse ON identity (purse, platform);

-- What each purse has: always the sum of its entries.
CREATE TABLE balance (
    purse  INTEGER NOT NULL REFERENCES purse (id),
    asset  INTEGER NOT NULL REFERENCES asset (id),
    amount INTEGER NOT NULL,
    PRIMARY KEY (purse, asset)
) STRICT, WITHOUT ROWID;

-- The leaderboard reads along this.
CREATE INDEX balance_amount ON balance (asset, amount DESC);

-- The log: every change of a balance, numbered without gaps in the order of the commits. Each hash covers its entry
-- and the hash before it.
CREATE TABLE entry (
    seq         INTEGER PRIMARY KEY,
    key         BLOB    NOT NULL CHECK (length(key) = 16),
    kind        TEXT    NOT NULL,
    purse       INTEGER NOT NULL REFERENCES purse (id),
    identity    INTEGER NOT NULL REFERENCES identity (id),
    asset       INTEGER NOT NULL REFERENCES asset (id),
    delta       INTEGER NOT NULL,
    balance     INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    captured_ms INTEGER NOT NULL,
    actor       TEXT,
    reason      TEXT,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- A key enters the log once.
CREATE UNIQUE INDEX entry_key ON entry (key);

-- An identity is opened once in each asset. A replica that starts over asks for all of these.
CREATE UNIQUE INDEX entry_opening ON entry (identity, asset) WHERE kind = 'opening';

-- A purse's history, and whether it changed since.
CREATE INDEX entry_purse ON entry (purse, seq);

-- What was captured in one moment, or since.
CREATE INDEX entry_captured ON entry (captured_ms);

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE (ABORT, 'an entry is never changed: a correction is a new entry');
END;

CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
BEGIN
    SELECT RAISE (ABORT, 'an entry is never removed: a correction is a new entry');
END;

-- Events that the rules rejected, as they came, with the rule's name and words. They wait for someone to decide.
CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    key         BLOB    NOT NULL UNIQUE CHECK (length(key) = 16),
    platform    TEXT    NOT NULL,
    external    TEXT    NOT NULL,
    asset       TEXT    NOT NULL,
    delta       INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    captured_ms INTEGER NOT NULL,
    reason      TEXT,
    rejection   TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    -- What the purse had, where that is why.
    balance     INTEGER,
    at_ms       INTEGER NOT NULL
) STRICT;

-- Which database is the platform's replica, and where the configuration last found it.
CREATE TABLE platform (
    name     TEXT PRIMARY KEY,
    replica  BLOB NOT NULL CHECK (length(replica) = 16),
    location TEXT NOT NULL,
    -- The last entry that it had applied when it was detached.
    left_at  INTEGER
) STRICT;

-- One row a person, for queries by hand: SELECT * FROM unified_users WHERE telegram_id = '456'.
-- Ids are text. An amount of an asset with decimals is shown as a number with decimals, rounded as such numbers are;
-- the exact one stands in `balance`.
CREATE VIEW unified_users (id, telegram_id, discord_id, website_email, coins, xp) AS
WITH shown (purse, asset, number) AS (
    SELECT balance.purse,
           asset.name,
           -- Ten to the power of the scale, without the mathematical functions that a build may lack.
           CASE asset.scale
               WHEN 0 THEN balance.amount
               ELSE balance.amount / CAST (substr('1000000000', 1, asset.scale + 1) AS REAL)
           END
    FROM balance JOIN asset ON asset.id = balance.asset
)
SELECT CAST (purse.id AS TEXT),
       (SELECT external FROM identity WHERE identity.purse = purse.id AND platform = 'telegram'),
       (SELECT external FROM identity WHERE identity.purse = purse.id AND platform = 'discord'),
       (SELECT external FROM identity WHERE identity.purse = purse.id AND platform = 'website'),
       coalesce((SELECT number FROM shown WHERE shown.purse = purse.id AND shown.asset = 'coins'), 0),
       coalesce((SELECT number FROM shown WHERE shown.purse = purse.id AND shown.asset = 'xp'), 0)
FROM purse
WHERE EXISTS (SELECT 1 FROM identity WHERE identity.purse = purse.id);
