"""Where submissions run: one interface, several kinds of wall."""
