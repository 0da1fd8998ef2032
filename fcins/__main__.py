"""python -m fcins."""

from fcins.cli.main import main

if __name__ == "__main__":
    main()
