"""Pictures of what was found: overlays, and a page to look through them.

``draw(pixels, annotations, labels)`` draws the shapes of one picture. ``write(dataset, folder,
open_image)`` writes an overlay JPEG of every picture and ``index.html``, a contact sheet that
needs nothing but a browser.
"""

from prelabel.preview.drawing import draw
from prelabel.preview.palette import PALETTE, colours
from prelabel.preview.sheet import write

__all__ = ["PALETTE", "colours", "draw", "write"]
