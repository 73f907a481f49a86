"""The report and its renderers, one a file: `render(report) -> str`."""
