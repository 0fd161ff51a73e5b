"""Write the demo club's files: FOLDER."""

import sys
from pathlib import Path

from demo_club.generate import generate

if __name__ == "__main__":
    generate(Path(sys.argv[1]))
