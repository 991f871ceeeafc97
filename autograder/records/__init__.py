"""Results into what people read."""
