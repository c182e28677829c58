"""Proof of who somebody is: numbers, names, and the authorities that confirm them."""
