"""Label Studio: labeling configs, regions of results both ways, JSON exports and predictions."""
