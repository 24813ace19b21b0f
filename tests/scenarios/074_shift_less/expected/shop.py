class Shop:
    def open(self):
        with self.lock:
            self.ready = True
            self.count += 1
            self.notify()

    def shut(self):
        self.ready = False
