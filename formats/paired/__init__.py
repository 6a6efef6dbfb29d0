"""Data sets with a text file for each picture in a folder of its own: what DOTA and KITTI share."""
