"""`python -m lstmshape` is `lstmshape`."""

from __future__ import annotations

from lstmshape.cli import main

if __name__ == "__main__":
    main()
