"""Pre-labelling: models, sessions, jobs and the command line. No HTTP server in here."""
