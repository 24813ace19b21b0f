class Port(Protocol):
    def read(self) -> bytes:
        ...

    # ... and so on
