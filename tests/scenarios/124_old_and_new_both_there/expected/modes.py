mode = "fast"

# or
mode = "fast"
