-- Versions of packages have numbers, by which GitHub's operations name them. Those that are there get theirs in the order in which they were
-- published; what comes next goes on behind them.
ALTER TABLE package_versions ADD COLUMN id {int};
UPDATE package_versions SET id = (SELECT next - 1 FROM ids WHERE kind = '*') + numbered.n
  FROM (SELECT package_id, version, ROW_NUMBER() OVER (ORDER BY published_at, package_id, version) AS n FROM package_versions) AS numbered
  WHERE numbered.package_id = package_versions.package_id AND numbered.version = package_versions.version;
INSERT INTO ids (kind, next)
  SELECT 'package_version', i.next + (SELECT COUNT(*) FROM package_versions) FROM ids i WHERE i.kind = '*';
CREATE UNIQUE INDEX package_versions_id ON package_versions (id);
