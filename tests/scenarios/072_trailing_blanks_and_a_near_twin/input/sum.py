x = a + b  
y = 1
x = a+b
