"""``python -m featmatch``."""

from featmatch.commands import main

if __name__ == "__main__":
    main()
