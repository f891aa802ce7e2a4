-- What becomes of an asset where two purses become one: 'sum', 'max' or 'keep'.
ALTER TABLE onepurse.asset ADD COLUMN merge text NOT NULL DEFAULT 'sum';

-- One-time codes for linking, as hashes, until an hour after they have ended.
CREATE TABLE onepurse.code (
    hash       bytea  PRIMARY KEY CHECK (octet_length(hash) = 32),
    platform   text   NOT NULL,
    external   text   NOT NULL,
    expires_ms bigint NOT NULL,
    used_ms    bigint
);

-- Wrong codes that somebody tried within the last hour.
CREATE TABLE onepurse.code_try (
    platform text   NOT NULL,
    external text   NOT NULL,
    at_ms    bigint NOT NULL
);
CREATE INDEX code_try_identity ON onepurse.code_try (platform, external, at_ms);
