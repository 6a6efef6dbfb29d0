"""Verbs that need the server; `prelabel` finds them by entry point and never imports this layer."""
