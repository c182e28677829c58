"""Licences (电子证照): what kinds there are, which registries have them, and what somebody holds."""
