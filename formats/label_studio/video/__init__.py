"""Label Studio's tracks of boxes in clips: ``videorectangle`` regions, and tasks that show a clip.

A region is a sequence of keyframes. Their numbers count frames of the labeling config's rate from
1, whatever the rate of the file (`formats.tracks.grid`); between two of them the editor draws every
number in between, and behind one that is not ``enabled`` nothing until the next.
"""
