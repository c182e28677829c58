"""Where residents are reached beside their inbox, what they want to hear of there, and how their messages went."""
