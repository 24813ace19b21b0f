class Port(Protocol):
    def read(self) -> bytes:
        ...

    def write(self, data: bytes) -> None:
        ...

    # ... and so on
