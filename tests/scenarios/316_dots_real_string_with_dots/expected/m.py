def f():
    label = 'Loading...'
    return 1
