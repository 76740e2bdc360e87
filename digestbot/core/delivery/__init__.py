"""Delivery: what is due is planned as outbox rows, claimed, sent and marked.

One delivery runs through it in one direction: the service starts a worker a platform (``worker.py``), which claims
rows with a lease (``claims.py``) and hands each claim to the executor (``executor.py``). The executor waits for the
platform's limits, sends, decides what becomes of the row (``decisions.py``), has it written together with others
(``outbox_writer.py``), and returns the outcome, which the worker reports (``reporter.py``).
"""
