-- What becomes of a bot's spending that brings a purse below zero: 'allow' or 'reverse'.
ALTER TABLE asset ADD COLUMN overdraft TEXT NOT NULL DEFAULT 'allow';
