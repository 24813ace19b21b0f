class Reader:
    def open(self):
        self.count = 0
        self.file = open(self.path)

    def close(self):
        self.file.close()
        self.file = None


class Writer:
    def open(self):
        self.count = 0
        self.file = open(self.path, "w")

    def close(self):
        self.file.close()
        self.file = None
