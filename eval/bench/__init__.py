"""How fast the service is, beside other ways to do the same on the same machine."""
