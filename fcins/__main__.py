"""python -m fcins."""

from fcins.cli import main

if __name__ == "__main__":
    main()
