-- Orders that were done: what was asked under which key, and which entries it became. A key is kept for good.
CREATE TABLE request (
    key       BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 16),
    digest    BLOB    NOT NULL CHECK (length(digest) = 32),
    first_seq INTEGER NOT NULL UNIQUE REFERENCES entry (seq),
    last_seq  INTEGER NOT NULL REFERENCES entry (seq)
) STRICT, WITHOUT ROWID;
