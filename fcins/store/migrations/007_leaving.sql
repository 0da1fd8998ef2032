-- A roster row that only ends a membership, as of its 取消时间: it stands on a list of who leaves.
ALTER TABLE roster_facts ADD COLUMN leaves INTEGER NOT NULL DEFAULT 0;
