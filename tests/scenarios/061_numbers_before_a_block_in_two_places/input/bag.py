class Reader:
    def open(self):
        self.count = 0
        self.file = open(self.path)

    def close(self):
        self.file.close()


class Writer:
    def open(self):
        self.count = 0
        self.file = open(self.path, "w")

    def close(self):
        self.file.close()
