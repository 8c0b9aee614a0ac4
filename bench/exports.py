"""An export of people, from the request to the last part of the file: rows per second and memory. See README.md."""

import argparse

from bench.imports import run


def main() -> None:
    options = _options()
    run("exportar", options.rows, people_first=options.rows, formato=options.formato)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="people who are there")
    parser.add_argument("--formato", choices=["csv", "xlsx"], default="csv")
    return parser.parse_args()


if __name__ == "__main__":
    main()
