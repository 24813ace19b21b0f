x = f()  # type: ignore[arg-type]
