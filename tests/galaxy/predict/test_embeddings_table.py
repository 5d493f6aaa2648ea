from galaxy.predict.columns import Column
from galaxy.predict.embeddings_table import EmbeddingsTable, WithoutFeatures
from galaxy.predict.picture import Value

PARTS: list[list[list[Value]]] = [
    [["a", "spiral", 0.5, 1.5], ["b", None]],  # b could not be read and has no features
    [["c", "smooth", 2.5, 3.5]],
]


def test_rows_are_divided_between_two_tables_that_can_be_read_again() -> None:
    columns, features = WithoutFeatures(PARTS, 2), EmbeddingsTable(PARTS, 2)
    for _ in range(2):
        assert list(columns) == [[["a", "spiral"], ["b", None]], [["c", "smooth"]]]
        assert list(features) == [[["a", 0.5, 1.5]], [["c", 2.5, 3.5]]]
    assert features.columns == [Column("id", "text"), Column("feature_0", "single"), Column("feature_1", "single")]


def test_without_a_picture_that_could_be_read_there_is_the_id_alone() -> None:
    features = EmbeddingsTable([[["b", None]]], 2)
    assert features.columns == [Column("id", "text")]
    assert list(features) == [[]]
