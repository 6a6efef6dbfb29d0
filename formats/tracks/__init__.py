"""Tracks of clips as tables: one clip's rows in order of frames, dense or as keyframes."""
