area = width * width
