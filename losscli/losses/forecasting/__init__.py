"""The losses of forecasts that are scaled by how hard a series is to forecast, one a file."""
