"""What is in a data set and what is wrong with it (`inspect`); safe repairs (`repaired`)."""

from formats.inspection.inspecting import Inspection, inspect
from formats.inspection.repairing import repaired

__all__ = ["Inspection", "inspect", "repaired"]
