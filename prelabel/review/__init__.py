"""What to correct first, what may be accepted unseen, and which labels are probably wrong.

``review(subject, models, corrected)`` takes pre-labels, or labels that people drew, beside what
other models say of the same pictures, and answers a `Review`: the pictures in the order of what a
minute of correction takes away in errors, in three lanes, with the doubts about single objects.
"""

from prelabel.review.doubts import Doubt
from prelabel.review.record import Entry, Review
from prelabel.review.reviewing import Wishes, review

__all__ = ["Doubt", "Entry", "Review", "Wishes", "review"]
