uuid = 3
