"""Invented residents of the Yangtze delta whose phones send fixes, good and bad, through the real lookup and rule."""
