run(a, b)  
stop()
if late:
    run(a,b)
    stop()
