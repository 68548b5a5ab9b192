"""The rules of the house as functions over source text, and the proof that each of them sees its fault."""
