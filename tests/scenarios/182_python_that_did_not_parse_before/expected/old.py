print "hello"
x = 2
