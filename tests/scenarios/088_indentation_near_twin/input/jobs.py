def a():
    start(x)
    wait(x)


def b():
        start( x )
        wait( x )
