"""What digestbot talks about: papers, digests, topics, subscriptions. Frozen values, no I/O."""
