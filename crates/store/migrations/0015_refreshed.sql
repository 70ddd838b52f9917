-- The client asked for a token that it refreshes, whatever its application says of all.
ALTER TABLE authorization_codes ADD COLUMN refreshed {int} NOT NULL DEFAULT 0;
ALTER TABLE device_codes ADD COLUMN refreshed {int} NOT NULL DEFAULT 0;
