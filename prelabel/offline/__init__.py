"""The pass over a whole clip, which may look ahead: whole tracks, filled gaps, blips, chains.

from prelabel import offline

table, counts = offline.finish(table, times, offline.OfflineOptions(), looked)
"""

from prelabel.offline.chains import Chained, chained
from prelabel.offline.finish import finish, propagate
from prelabel.offline.options import Finished, OfflineOptions
from prelabel.offline.smoothing import smooth

__all__ = ["Chained", "Finished", "OfflineOptions", "chained", "finish", "propagate", "smooth"]
