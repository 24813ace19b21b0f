def a():
    log() 


def b():
    log()  
