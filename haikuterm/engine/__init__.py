"""The conversation: prompts in, a stream of events out."""
