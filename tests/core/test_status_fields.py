import pytest

from kubectl_gitops.core.status_fields import MalformedError, conditions_of, count, field, number


def test_absent_values_are_none_and_absent_counts_zero() -> None:
    assert field({"a": {"b": 1}}, "a", "b") == 1
    assert field({"a": None}, "a", "b") is None
    assert number({}, "a", "b") is None
    assert count({}, "a", "b") == 0


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({"a": "text"}, ("a", "b"), "a is not a map"),
        ({"a": {"b": "3"}}, ("a", "b"), r"a\.b is not a whole number"),
        ({"a": True}, ("a",), "a is not a whole number"),
        (["a"], ("a",), "an item of a list is not a map"),
    ],
)
def test_other_shapes_are_named(body: dict[str, object], path: tuple[str, ...], message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        number(body, *path)


def test_conditions() -> None:
    conditions = conditions_of(
        {
            "status": {
                "conditions": [
                    {"type": "A", "status": "True", "reason": "Because", "message": "in words"},
                    {"type": "B", "status": "False", "reason": "Because"},
                    {"type": "C", "status": "Unknown"},
                ]
            }
        }
    )
    assert [conditions.status(kind) for kind in "ABCD"] == ["True", "False", "Unknown", None]
    assert [conditions.said(kind) for kind in "ABCD"] == ["in words", "Because", "C", "D"]
    assert "D" not in conditions


@pytest.mark.parametrize("conditions", [{"Ready": "True"}, ["Ready"], "Ready"])
def test_conditions_that_are_none(conditions: object) -> None:
    with pytest.raises(MalformedError, match=r"status\.conditions"):
        conditions_of({"status": {"conditions": conditions}})
