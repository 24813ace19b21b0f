def area(w, h):
    return w * h


def rim(w, h):
    return 2 * (w + h)
