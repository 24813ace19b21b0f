class Shop:
    def open(self):
        with self.lock:
            self.ready = True
            self.n = 1
            self.notify()

    def shut(self):
        self.ready = False
