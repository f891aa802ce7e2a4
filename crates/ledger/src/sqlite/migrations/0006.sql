-- How far readers of the log have got.
CREATE TABLE bookmark (
    name TEXT    NOT NULL PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
