"""One night's cases for a bank's security tools: OCSF, ECS and CEF, thin mappings of one object."""
