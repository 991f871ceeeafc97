"""The instructor's side: masters into student and solution versions, and the proof of their tests."""
