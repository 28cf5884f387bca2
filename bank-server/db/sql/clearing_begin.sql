-- Closed windows are to be reconciled with banks $1.
SELECT reconciliation_begin($1::int[])
