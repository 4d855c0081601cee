"""The mergers that are compared. Only `kanaf` may import `conflict`."""
