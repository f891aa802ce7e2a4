-- What becomes of a bot's spending that brings a purse below zero: 'allow' or 'reverse'.
ALTER TABLE onepurse.asset ADD COLUMN overdraft text NOT NULL DEFAULT 'allow';
