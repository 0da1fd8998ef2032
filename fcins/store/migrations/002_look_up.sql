-- One person's facts without reading everybody's: explain, and candidates by name.
CREATE INDEX household_facts_key ON household_facts (key);
CREATE INDEX household_facts_name ON household_facts (name);
CREATE INDEX roster_facts_key ON roster_facts (key);
CREATE INDEX roster_facts_row ON roster_facts (batch, seq);
CREATE INDEX enrolment_facts_key ON enrolment_facts (key);
CREATE INDEX payment_facts_key ON payment_facts (key);
CREATE INDEX payment_facts_receipt ON payment_facts (receipt_no);
DROP INDEX roster_facts_batch;

-- Where a batch that was carried over from last year's workspace comes from.
CREATE TABLE origins (
    batch INTEGER PRIMARY KEY,
    policy TEXT NOT NULL,
    fee_year INTEGER NOT NULL,
    origin_batch INTEGER NOT NULL,
    imported_at TEXT NOT NULL
);

-- What last year came to, village by village: progress is measured against it (参保缴费率不降低).
CREATE TABLE last_year_rates (
    town TEXT NOT NULL,
    village TEXT NOT NULL,
    scheme TEXT NOT NULL,
    liable INTEGER NOT NULL,
    covered INTEGER NOT NULL,
    due_fen INTEGER NOT NULL,
    received_fen INTEGER NOT NULL
);
