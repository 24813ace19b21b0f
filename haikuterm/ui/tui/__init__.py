"""The full-screen face, on Textual."""
