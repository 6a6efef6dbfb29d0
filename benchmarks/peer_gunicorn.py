"""gunicorn's configuration of the peer: its YOLO needs torchvision's operators declared first."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import torchvision_operators

torchvision_operators.declare()
