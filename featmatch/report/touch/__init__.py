"""Pictures that can be touched: pages on which every point shows its partner."""
