"""The engines that compute evidence and features: DuckDB in this process, or a Spark cluster."""
