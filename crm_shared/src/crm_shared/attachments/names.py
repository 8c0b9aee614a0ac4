"""The name that people gave a file, as others may be shown it and save it."""

import unicodedata

MAX_NAME = 200
_UNSAFE = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))  # markup, and what Windows takes in no name


def clean_name(name: str) -> str:
    """Without folders, control characters and those that turn the text round (`fatura\\u202efdp.exe`); "" when nothing is left."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char)[0] != "C")
    stem, dot, extension = " ".join(shown.translate(_UNSAFE).split()).strip(". ").rpartition(".")
    return f"{stem[: MAX_NAME - len(dot + extension)].rstrip()}{dot}{extension}"[-MAX_NAME:]


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
