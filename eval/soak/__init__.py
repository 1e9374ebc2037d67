"""The service under hours of mixed load: every answer is checked, and growth is looked for."""
