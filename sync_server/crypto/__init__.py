"""Keys, sealing, passwords, tokens: the only package that imports `cryptography` and `argon2`."""
