"""Tracks: detections of one frame after the other get the number of the object they show.

    from prelabel import tracker

    follow = tracker.Tracker(tracker.TrackerOptions(), rate=25)
    found = follow.update(frame, time, found)    # the same rows, with `tracks`
    table = tracker.track(table, times)          # a whole clip

`motion` estimates how the camera moved, `adaptive` chooses the frames that are worth a look.
"""

from prelabel.tracker.options import TrackerOptions
from prelabel.tracker.tracker import Tracker
from prelabel.tracker.walk import track

__all__ = ["Tracker", "TrackerOptions", "track"]
