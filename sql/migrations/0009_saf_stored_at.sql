-- 0009: a bank server says when a message was stored, because time may be simulated.
SET LOCAL search_path = bank, pg_temp;

COMMENT ON COLUMN saf.stored_at IS 'For people and for its age; by the clock that next_try_at goes by';
COMMENT ON COLUMN saf.next_try_at IS 'When it is due, by the database''s clock and what a simulated one is ahead of it; only pace depends on it';
GRANT INSERT (stored_at) ON saf TO tw_bank;
