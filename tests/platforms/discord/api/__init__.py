"""A small, strict Discord on loopback: REST with its limits and faults, and a gateway that can be cut and resumed."""
