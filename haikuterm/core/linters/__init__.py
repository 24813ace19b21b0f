"""The formats that linters print, each parsed into findings."""
