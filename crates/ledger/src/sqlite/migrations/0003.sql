-- What the platform's server knows its database by, however that is reached.
ALTER TABLE platform ADD COLUMN fingerprint TEXT;
