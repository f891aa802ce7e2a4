-- Who is forgotten keeps a number and a tag, which the log refers to, and loses all else: name, salt and purse. A program
-- that does not know of it could not read their entries.
ALTER TABLE onepurse.identity
    ALTER COLUMN external DROP NOT NULL,
    ALTER COLUMN purse DROP NOT NULL,
    ALTER COLUMN salt DROP NOT NULL,
    ADD CONSTRAINT identity_forgotten
        CHECK ((external IS NULL) = (purse IS NULL) AND (external IS NULL) = (salt IS NULL));

-- Whether anybody on a platform was forgotten.
CREATE INDEX identity_forgotten ON onepurse.identity (platform) WHERE external IS NULL;

UPDATE onepurse.ledger SET writable = 8;
