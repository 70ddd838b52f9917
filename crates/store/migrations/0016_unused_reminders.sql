-- The latest reminder that a token is about to end because nobody uses it: of which end, and how many days before it, so that
-- none is sent twice. A use puts the end off, and of the next one its person is reminded again.
CREATE TABLE unused_reminders (
  token_id {int} PRIMARY KEY REFERENCES tokens (id),
  ends_at {int} NOT NULL,
  days {int} NOT NULL
) {strict};
