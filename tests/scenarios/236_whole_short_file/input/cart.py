from decimal import Decimal


def total(items):
    """Sum of all prices."""
    result = Decimal(0)
    for item in items:
        result += item.price * item.count
    return result


def discount(amount, percent):
    if percent > 100:
        raise ValueError("more than everything")
    return amount * (100 - percent) / 100
