-- What onepurse keeps beside a bot whose store no trigger reaches. The table `balance` stands for the store, and is attached
-- like any bot's table; `shown` is what the store itself shows. Where the two differ, something has come in.

-- One row a person; a column for each asset is added to it.
CREATE TABLE balance (id TEXT NOT NULL PRIMARY KEY);

-- What the store shows, as far as it was looked at.
CREATE TABLE shown (
    id    TEXT    NOT NULL,
    asset TEXT    NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (id, asset)
) STRICT, WITHOUT ROWID;

-- What the store was made to show since it was last known to be durable, by the bot or by us, in that order. Found again in
-- it, a value says how much of this the store has forgotten.
CREATE TABLE journal (
    n         INTEGER PRIMARY KEY,
    id        TEXT    NOT NULL,
    asset     TEXT    NOT NULL,
    before    INTEGER NOT NULL,
    after     INTEGER NOT NULL,
    inbound   INTEGER NOT NULL
) STRICT;

-- People whose row of `balance` was written and not looked at since.
CREATE TABLE moved (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER balance_moved AFTER UPDATE ON balance
BEGIN
    INSERT INTO moved SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM moved WHERE id = new.id);
END;
