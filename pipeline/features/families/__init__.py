"""One file per family of features; `catalogue` lists them."""
