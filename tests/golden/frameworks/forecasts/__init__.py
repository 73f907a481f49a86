"""Libraries of forecasting, one module each."""
