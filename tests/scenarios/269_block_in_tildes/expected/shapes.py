def area(w, h):
    return abs(w * h)


def rim(w, h):
    return 2 * (w + h)
