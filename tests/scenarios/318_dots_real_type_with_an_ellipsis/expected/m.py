def f():
    pairs: tuple[int, ...] = ()
    return 1
