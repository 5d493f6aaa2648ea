from collections import Counter

from galaxy.predict.skipped import losses, skipped_words


def test_the_most_frequent_kinds_are_named_and_the_rest_is_counted() -> None:
    kinds = Counter({".gif": 8, ".txt": 1, ".csv": 1, ".a": 3, ".b": 2, ".c": 1, ".d": 1})
    assert skipped_words(kinds) == "8 .gif, 3 .a, 2 .b, 1 .c, 1 .csv, 2 others"


def test_what_a_collection_lacks_is_said_where_it_lacks_something() -> None:
    assert losses(0, Counter()) == ""
    assert losses(2, Counter()) == "; 2 could not be read"
    assert losses(0, Counter({".gif": 1})).startswith("; skipped: 1 .gif; only JPEG")
