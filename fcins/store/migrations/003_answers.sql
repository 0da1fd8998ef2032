-- What departments answered to returned rows, in feedback workbooks that came back. A row has the answers of its own
-- place: `part` of a couple row is the spouse's, else -1, the whole row.
CREATE TABLE answers (
    batch INTEGER NOT NULL,          -- the batch that brought the answer
    origin_batch INTEGER NOT NULL, origin_seq INTEGER NOT NULL, part INTEGER NOT NULL,
    answer TEXT NOT NULL,            -- 更正, or how the row was settled: 已死亡, 取消资格 …
    note TEXT NOT NULL,              -- 处理结果 as it was written
    seq INTEGER NOT NULL             -- the corrected row in `batch` that stands for it from now on; -1: settled
);
CREATE INDEX answers_origin ON answers (origin_batch, origin_seq);

-- Rows whose ID tells nobody, by the name they bear: few, so these indexes are small.
CREATE INDEX household_facts_nobody ON household_facts (name) WHERE key = 0;
CREATE INDEX roster_facts_nobody ON roster_facts (name) WHERE key = 0;
CREATE INDEX enrolment_facts_nobody ON enrolment_facts (name) WHERE key = 0;
CREATE INDEX payment_facts_nobody ON payment_facts (name) WHERE key = 0;

-- Which workspace a feedback workbook belongs to: batch numbers alone do not tell.
INSERT INTO meta VALUES ('workspace', upper(hex(randomblob(4))));
