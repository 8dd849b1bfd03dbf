"""What leaves for a bank's security tools: one night's cases as OCSF, ECS or CEF, thin mappings of one object."""
