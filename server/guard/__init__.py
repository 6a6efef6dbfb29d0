"""What stands before every route; `entrance.Guard` is the door."""
