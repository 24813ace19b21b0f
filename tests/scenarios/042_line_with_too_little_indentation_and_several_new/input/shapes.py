class Box:
    def area(self):
        return self.a * self.b

    def name(self):
        return "box"
