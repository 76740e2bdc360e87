"""The domain: papers, digests, topics, subscriptions. Immutable values without I/O."""
