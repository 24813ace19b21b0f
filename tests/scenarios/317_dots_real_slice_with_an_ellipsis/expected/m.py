def f():
    grid = cube[..., 0]
    return 1
