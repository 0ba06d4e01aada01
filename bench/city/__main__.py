"""`python -m bench.city make|lists|load|check`."""

from bench.city.commands import main

if __name__ == "__main__":
    main()
