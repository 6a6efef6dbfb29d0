"""Pre-labelling: models, sessions, jobs and the command line. No HTTP server in here."""

from prelabel import settings

settings.ask_no_telemetry()
