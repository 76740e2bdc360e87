"""HTTP to hosts that others name: which addresses may be asked and shown, and how they are fetched."""
