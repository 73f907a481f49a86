"""Losses over batches of embeddings, one module a framework."""
