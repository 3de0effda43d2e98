"""The same command from a checkout, without installing: ``python cli.py match A B``."""

from featmatch.commands import main

if __name__ == "__main__":
    main()
