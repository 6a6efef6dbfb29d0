"""Clients of annotation servers: their REST APIs, spoken from the command line and the fetcher."""
