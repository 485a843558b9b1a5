import pytest

from kubectl_gitops.cluster import ConnectOptions, seconds
from kubectl_gitops.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("5", 5), ("30s", 30), ("1m30s", 90), ("250ms", 0.25), ("1.5h", 5400)]
)
def test_durations_as_kubectl_takes_them(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-1s", "5x", "1.5"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError, match="is no duration; write it like 30s"):
        seconds(text)


def test_the_token_is_not_shown() -> None:
    assert "s3cret" not in repr(ConnectOptions(token="s3cret"))
