"""`python -m pipeline`: the same as `tellerwatch`."""

from pipeline.cli.main import run

if __name__ == "__main__":
    run()
