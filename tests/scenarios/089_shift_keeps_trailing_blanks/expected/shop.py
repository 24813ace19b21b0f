if a:
    one()  
    too()
