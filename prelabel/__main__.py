"""`python -m prelabel`: the command line."""

from prelabel.commands import main

if __name__ == "__main__":
    main()
