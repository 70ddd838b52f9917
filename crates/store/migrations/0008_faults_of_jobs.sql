-- Why a job was put off, or came to nothing, as whoever it was handed to said it.
ALTER TABLE jobs ADD COLUMN fault {text};
