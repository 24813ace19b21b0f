print("hello")
print("bye")
