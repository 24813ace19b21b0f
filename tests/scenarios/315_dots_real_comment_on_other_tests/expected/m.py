def f():
    # other tests rely on this order
    return 1
