-- What becomes of an asset where two purses become one: 'sum', 'max' or 'keep'.
ALTER TABLE asset ADD COLUMN merge TEXT NOT NULL DEFAULT 'sum';

-- One-time codes for linking, as hashes, until an hour after they have ended.
CREATE TABLE code (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    platform   TEXT    NOT NULL,
    external   TEXT    NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_ms    INTEGER
) STRICT, WITHOUT ROWID;

-- Wrong codes that somebody tried within the last hour.
CREATE TABLE code_try (
    id       INTEGER PRIMARY KEY,
    platform TEXT    NOT NULL,
    external TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX code_try_identity ON code_try (platform, external, at_ms);
