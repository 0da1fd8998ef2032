"""How the tests' own processes are set up: as `fcins` sets up its own."""

import gc


def pytest_collection_finish() -> None:
    """pandas, Hypothesis and thousands of tests stay to the end. To look for garbage among them is a waste."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2**18, 20, 20)
