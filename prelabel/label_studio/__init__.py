"""What Label Studio is answered with: which models a labeling config asks, and under which version.

The server and `prelabel label-studio push` share it: what one has done counts for the other.
"""
