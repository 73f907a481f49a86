"""Counts and sums on fixed grids, which add up over blocks, threads and shards: what pictures are drawn from."""
