"""Doctors: they look at a connection from both ends and say what is wrong and what to do."""

from prelabel.doctor.findings import Finding, Mark

__all__ = ["Finding", "Mark"]
