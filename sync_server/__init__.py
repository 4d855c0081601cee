"""The service: replication, rules of sharing, storage, and the commands to run it."""
