print("good day")
print("bye")
