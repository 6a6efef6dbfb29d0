"""Clips to tracks: frames, detections, a tracker, a second look back, keyframes.

What a model sees in single frames is kept in a journal (or, in a server, in memory); tracks are a
pure function of it. `service.tracks_of` does one clip, `running.run` a job of many.
"""
