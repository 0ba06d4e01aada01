"""A whole city on PostgreSQL: made by COPY, looked through, and put under December's load.

`python -m bench city make|lists|load|check`; README.md of this folder's parent has the figures.
"""
