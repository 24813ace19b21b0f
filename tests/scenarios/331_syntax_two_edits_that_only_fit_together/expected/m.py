try:
    b()
finally:
    c()
