"""Pushing as a deployment has it set up: its apps, its templates, and the clients that speak for them."""
