def f():
    # see RFC 3986... section 3, and the errata
    return 1
