def load(path):   
    data = read(path)	
    return data


def save(path):
    write(path)  
