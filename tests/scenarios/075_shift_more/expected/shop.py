class Shop:
    def open(self):
        with self.lock:
            self.ready = "yes"
            self.notify()

    def shut(self):
        self.ready = False
