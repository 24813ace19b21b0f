area = side * side
