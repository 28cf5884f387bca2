-- 0004: the columns of the views are documented too.
SET LOCAL search_path = agent, pg_temp;

COMMENT ON COLUMN current_position.window_no IS 'The window';
COMMENT ON COLUMN current_position.bank_code IS 'Whose view this is';
COMMENT ON COLUMN current_position.revision IS 'Of the submission: the bank''s highest';
COMMENT ON COLUMN current_position.peer_code IS 'About whom';
COMMENT ON COLUMN current_position.debit_count IS 'Items that the peer owes';
COMMENT ON COLUMN current_position.debit_minor IS 'Their sum';
COMMENT ON COLUMN current_position.credit_count IS 'Items that the bank owes';
COMMENT ON COLUMN current_position.credit_minor IS 'Their sum, positive';
COMMENT ON COLUMN current_position.breaks IS 'How many items the two banks left out';
COMMENT ON COLUMN pair_claim.window_no IS 'The window';
COMMENT ON COLUMN pair_claim.bank_code IS 'Whose view this is';
COMMENT ON COLUMN pair_claim.peer_code IS 'The other one';
COMMENT ON COLUMN pair_claim.currency IS 'ISO 4217 code, of both';
COMMENT ON COLUMN pair_claim.debit_minor IS 'What the peer owes; 0 while neither has submitted';
COMMENT ON COLUMN pair_claim.credit_minor IS 'What the bank owes, positive';
