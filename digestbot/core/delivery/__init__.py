"""Delivery: what is due is planned as outbox rows, claimed, sent and marked."""
