"""What a network is: its operations, shapes, cost and receptive fields."""
