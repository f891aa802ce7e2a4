-- What the platform's server knows its database by, however that is reached. A program that does not know the column
-- leaves what stands there.
ALTER TABLE onepurse.platform ADD COLUMN fingerprint TEXT;
