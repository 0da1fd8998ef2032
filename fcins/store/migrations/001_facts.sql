-- Facts as they came. Verdicts and charges are never stored: they are derived again from these.
CREATE TABLE batches (
    batch INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,              -- households, changes, roster, enrolment, payments
    category TEXT NOT NULL,          -- of a roster of one category; '' otherwise
    scope TEXT NOT NULL,             -- the category asked for with --category; '' when the file decided
    town TEXT NOT NULL,              -- the sender's town, where stated
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    imported_at TEXT NOT NULL,       -- local time, YYYY-MM-DD HH:MM:SS
    imported_by TEXT NOT NULL,
    declared_total INTEGER,          -- 盖章确认年度应参保总人数
    rows_read INTEGER NOT NULL,
    rows_skipped INTEGER NOT NULL,
    facts INTEGER NOT NULL,
    digest TEXT NOT NULL             -- SHA-256 over the batch's facts, checked by `verify`
);

-- The sheets' rows, untouched (Arrow IPC), so that a department gets back its own columns.
CREATE TABLE sheets (
    batch INTEGER NOT NULL REFERENCES batches (batch),
    sheet_no INTEGER NOT NULL,
    sheet TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    title TEXT NOT NULL,
    headings TEXT NOT NULL,          -- JSON
    cells BLOB NOT NULL,
    PRIMARY KEY (batch, sheet_no)
);

-- Every fact: seq numbers the counted rows of a batch; part distinguishes what one counted row says
-- (its several categories, a couple's wife and husband). id_text is the ID as it came, spaces removed;
-- citizen_id is the valid 18 characters or ''; flaws are the codes the row itself earns.
CREATE TABLE household_facts (
    batch INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, sheet_no INTEGER NOT NULL, row INTEGER NOT NULL,
    name TEXT NOT NULL, id_text TEXT NOT NULL, citizen_id TEXT NOT NULL, key INTEGER NOT NULL, flaws TEXT NOT NULL,
    town TEXT NOT NULL, village TEXT NOT NULL,
    "group" TEXT NOT NULL, household_no TEXT NOT NULL, household_head TEXT NOT NULL, relation TEXT NOT NULL,
    hukou_status TEXT NOT NULL, residency TEXT NOT NULL, change TEXT NOT NULL, change_date TEXT NOT NULL,
    address TEXT NOT NULL, phone TEXT NOT NULL
);

CREATE TABLE roster_facts (
    batch INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, sheet_no INTEGER NOT NULL, row INTEGER NOT NULL,
    name TEXT NOT NULL, id_text TEXT NOT NULL, citizen_id TEXT NOT NULL, key INTEGER NOT NULL, flaws TEXT NOT NULL,
    town TEXT NOT NULL, village TEXT NOT NULL,
    category TEXT NOT NULL, role TEXT NOT NULL, disability_level INTEGER NOT NULL,
    aid_payer TEXT NOT NULL, aid_fen INTEGER NOT NULL, family_kind TEXT NOT NULL,
    joined_on TEXT NOT NULL, cancelled_on TEXT NOT NULL, gap_reason TEXT NOT NULL
);
CREATE INDEX roster_facts_batch ON roster_facts (batch);

CREATE TABLE enrolment_facts (
    batch INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, sheet_no INTEGER NOT NULL, row INTEGER NOT NULL,
    name TEXT NOT NULL, id_text TEXT NOT NULL, citizen_id TEXT NOT NULL, key INTEGER NOT NULL, flaws TEXT NOT NULL,
    town TEXT NOT NULL, village TEXT NOT NULL,
    tier_fen INTEGER NOT NULL, enrolled_on TEXT NOT NULL
);

CREATE TABLE payment_facts (
    batch INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, sheet_no INTEGER NOT NULL, row INTEGER NOT NULL,
    name TEXT NOT NULL, id_text TEXT NOT NULL, citizen_id TEXT NOT NULL, key INTEGER NOT NULL, flaws TEXT NOT NULL,
    town TEXT NOT NULL, village TEXT NOT NULL,
    scheme TEXT NOT NULL, amount_fen INTEGER NOT NULL, paid_on TEXT NOT NULL, collected_on TEXT NOT NULL,
    channel TEXT NOT NULL, receipt_no TEXT NOT NULL, agent TEXT NOT NULL, fee_year INTEGER NOT NULL
);
