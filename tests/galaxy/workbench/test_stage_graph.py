from galaxy.workbench.stage_graph import sort_graph


def test_stages_stand_after_those_that_they_need() -> None:
    graph = {"c": {"a", "b"}, "b": {"a"}, "a": set()}
    assert list(sort_graph(graph)) == ["a", "b", "c"]
