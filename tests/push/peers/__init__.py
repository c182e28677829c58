"""Stand-ins of the four providers, strict about what they document."""
