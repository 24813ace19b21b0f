def f():
    # the rest of the arguments are passed on to the handler
    return 1
