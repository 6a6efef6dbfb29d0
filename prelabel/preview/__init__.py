"""Pictures of what was found: overlays, and a page to look through them.

``draw(pixels, annotations, labels)`` draws the shapes of one picture. ``write(dataset, folder,
open_image)`` writes an overlay JPEG of every picture and ``index.html``, a contact sheet that
needs nothing but a browser. ``prelabel.preview.clips.write_clips(clips, folder, labels)``
does it for clips: the tracks drawn on each, their time line, and a sheet of their keyframes.
"""

from prelabel.preview.drawing import draw
from prelabel.preview.palette import PALETTE, colours
from prelabel.preview.sheet import write

__all__ = ["PALETTE", "colours", "draw", "write"]
