class Shop:
    def open(self):
        with self.lock:
            self.ready = True
            self.notify()

    def shut(self):
        self.ready = False
