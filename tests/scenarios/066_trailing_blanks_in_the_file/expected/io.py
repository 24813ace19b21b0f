def load(path):   
    data = read(path)	
    return parse(data)


def save(path):
    write(path)  
