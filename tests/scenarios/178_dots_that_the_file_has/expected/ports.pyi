class Port(Protocol):
    def read(self) -> str:
        ...

    # ... and so on
