"""When two spellings of a column's name are the same name."""


def normal_form(name: str) -> str:
    """`name` without what vendors vary: capitals, a byte order mark, blanks around it and in a row."""
    return " ".join(name.removeprefix("\ufeff").split()).casefold()
