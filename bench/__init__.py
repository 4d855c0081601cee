"""Benchmarks: `make bench` runs every bench_*.py. Each prints a table; `--json` keeps it."""
