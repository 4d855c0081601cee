"""Parts of the command `kanaf` that are more than a few lines, and what they share."""
