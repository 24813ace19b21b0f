from decimal import Decimal


def total(items):
    """Sum of all prices."""
    result = sum(
        item.price for item in items
    )
    return result


def discount(amount, percent):
    if percent > 100:
        raise ValueError("more than everything")
    return amount * (100 - percent) / 100
