"""Command line as a module: ``python -m isthmus`` or ``torchrun -m isthmus``."""

from .cli import main

if __name__ == "__main__":
    main()
