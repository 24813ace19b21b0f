mode = "slow"

# or
mode = "fast"
