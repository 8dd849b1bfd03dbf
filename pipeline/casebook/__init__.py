"""Where runs, scores, decisions and the access record are kept: SQLite here, PostgreSQL elsewhere."""
