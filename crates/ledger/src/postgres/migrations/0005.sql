-- How far readers of the log have got.
CREATE TABLE onepurse.bookmark (
    name text   PRIMARY KEY,
    seq  bigint NOT NULL
);
