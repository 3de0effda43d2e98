"""How convolutions are computed: several ways, and the choice between them."""
