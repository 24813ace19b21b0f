"""The faces: the same events and the same questions, drawn in different ways."""
