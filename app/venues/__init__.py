"""Venues: who may scan, for which purpose, and the one transaction in which a code is used."""
