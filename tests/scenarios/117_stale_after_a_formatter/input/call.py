send(
    name,
    text,
)
