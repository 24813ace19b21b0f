class Shop:
    def open(self):
        with self.lock:
            self.ready = True
            if self.bell:
                self.bell.ring()
            self.notify()

    def shut(self):
        self.ready = False
