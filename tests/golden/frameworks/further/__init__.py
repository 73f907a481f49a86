"""Further losses: of decisions, correlations, rankings, proxies, boxes and ensembles, one module a framework."""
