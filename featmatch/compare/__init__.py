"""Features engineered by hand beside features learned by a network, measured on the same images."""
