"""Values and rules: nothing in this room waits, reads, writes or draws."""
