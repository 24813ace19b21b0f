if a:
    one()  
    two()
