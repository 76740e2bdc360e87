"""arXiv and a model on loopback, as the builder's tests have them."""

from tests.builder.conftest import archive, endpoint, polite

__all__ = ["archive", "endpoint", "polite"]
