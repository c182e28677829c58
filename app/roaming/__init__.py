"""Where somebody is, and whether that is another province: position → province → crossing."""
