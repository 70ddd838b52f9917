-- Which packages a token reaches, as a JSON list of their names without the scope; nothing where its repositories say so. By name,
-- because a name stays its owner's, and a package may be chosen before it is there. What was approved stands in `approved`.
ALTER TABLE tokens ADD COLUMN packages {text};
