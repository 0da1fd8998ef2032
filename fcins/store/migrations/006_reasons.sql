-- Why somebody liable is not insured (未参保原因), as their village found out: filled in in the workbooks of `gaps`.
-- One row a person and scheme; the latest of a person and scheme holds, a roster's own 未参保原因 among them.
CREATE TABLE gap_reasons (
    batch INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, sheet_no INTEGER NOT NULL, row INTEGER NOT NULL,
    name TEXT NOT NULL, id_text TEXT NOT NULL, citizen_id TEXT NOT NULL, key INTEGER NOT NULL, flaws TEXT NOT NULL,
    town TEXT NOT NULL, village TEXT NOT NULL,
    scheme TEXT NOT NULL,            -- medical, pension
    cause TEXT NOT NULL,             -- one of headings.toml's values.gap_cause
    note TEXT NOT NULL               -- 未参保原因 as it was written
);
CREATE INDEX gap_reasons_key ON gap_reasons (key);
