"""The list of crash points is what the code has, no more and no less: a point that is nowhere reached proves nothing."""

import re

from repository import ROOT, python_files

from crm_shared.crash_points import POINTS

CALL = re.compile(r"\bpoint\((.*?)\)", re.DOTALL)


def calls() -> list[str]:
    sources = [path for path in python_files() if not {"tests", "stack", "bench"} & set(path.relative_to(ROOT).parts)]
    texts = [path.read_text() for path in sources]
    return [call for text in texts if "crash_points import point" in text for call in CALL.findall(text)]


def test_names_in_the_code_are_those_of_the_list() -> None:
    assert sorted(set(calls())) == sorted(f'"{name}"' for name in POINTS), "a name is a plain string, listed in crash_points.POINTS"


def test_a_name_is_one_moment() -> None:
    assert len(calls()) == len(set(calls()))
