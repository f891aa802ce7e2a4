-- Orders that were done: what was asked under which key, and which entries it became. A key is kept for good.
CREATE TABLE onepurse.request (
    key       bytea  PRIMARY KEY CHECK (octet_length(key) = 16),
    digest    bytea  NOT NULL CHECK (octet_length(digest) = 32),
    first_seq bigint NOT NULL UNIQUE,
    last_seq  bigint NOT NULL
);
