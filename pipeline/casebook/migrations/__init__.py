"""The steps by which an older casebook becomes one of this version."""
