"""Whether what one user does costs the same however much a whole country has written."""
