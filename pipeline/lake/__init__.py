"""The lake: Parquet by feed and business day, and the engine that reads it."""
