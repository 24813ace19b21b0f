"""The world: each module here makes one port of the core real."""
