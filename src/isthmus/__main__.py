"""``python -m isthmus``, and so ``torchrun -m isthmus``: the command line."""

from .cli import main

if __name__ == "__main__":
    main()
