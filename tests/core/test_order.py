import time

from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.objects import GroupKind, Key
from kubectl_gitops.core.order import apply_order, delete_order

CRD = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
ADMISSION = "admissionregistration.k8s.io"
SOME_KINDS = [
    CRD,
    GroupKind("", "Namespace"),
    GroupKind("rbac.authorization.k8s.io", "ClusterRole"),
    GroupKind("rbac.authorization.k8s.io", "RoleBinding"),
    GroupKind("", "ServiceAccount"),
    GroupKind("", "ConfigMap"),
    GroupKind("apps", "Deployment"),
    GroupKind("example.com", "Widget"),
    GroupKind("apiregistration.k8s.io", "APIService"),
    GroupKind(ADMISSION, "ValidatingWebhookConfiguration"),
]
keys = st.builds(
    lambda kind, namespace, name: Key(kind.group, kind.kind, namespace, name),
    st.sampled_from(SOME_KINDS),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["x", "y"]),
)


def key(kind: GroupKind) -> Key:
    return Key(*kind, "", "x")


def wave_of(waves: list[list[Key]], wanted: GroupKind) -> int:
    return next(number for number, wave in enumerate(waves) if key(wanted) in wave)


def test_what_others_need_comes_first_and_judges_last() -> None:
    waves = apply_order(map(key, SOME_KINDS))
    assert [[str(one.group_kind) for one in wave] for wave in waves] == [
        ["CustomResourceDefinition.apiextensions.k8s.io", "Namespace"],
        ["ServiceAccount", "ClusterRole.rbac.authorization.k8s.io", "ConfigMap"],
        ["RoleBinding.rbac.authorization.k8s.io"],
        ["Deployment.apps", "Widget.example.com"],
        ["APIService.apiregistration.k8s.io", f"ValidatingWebhookConfiguration.{ADMISSION}"],
    ]


def test_a_policy_and_its_binding_are_among_the_last() -> None:
    names = [f"{prefix}AdmissionPolicy{suffix}" for prefix in ("Validating", "Mutating") for suffix in ("", "Binding")]
    names.append("MutatingWebhookConfiguration")
    waves = apply_order([*(Key(ADMISSION, name, "", "x") for name in names), key(SOME_KINDS[6])])
    assert len(waves) == 2
    assert [one.kind for one in waves[1]] == names


def test_a_kind_of_the_same_name_in_another_group_is_a_custom_resource() -> None:
    waves = apply_order([Key("example.com", "Namespace", "", "x"), key(CRD)])
    assert wave_of(waves, CRD) == 0
    assert wave_of(waves, GroupKind("example.com", "Namespace")) == 1


def test_nothing_in_nothing_out() -> None:
    assert apply_order([]) == []
    assert delete_order([]) == []


@given(st.lists(keys), st.randoms(use_true_random=False))
def test_order_does_not_depend_on_the_input_and_loses_nothing(some: list[Key], random: object) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    waves = apply_order(some)
    assert apply_order(shuffled) == waves
    assert sorted(one for wave in waves for one in wave) == sorted(some)
    assert all(waves)
    flat = [one for wave in waves for one in wave]
    assert [one for wave in delete_order(some) for one in wave] == flat[::-1]


def test_ten_times_the_objects_take_about_ten_times_as_long() -> None:
    def seconds(size: int) -> float:
        some = [Key("apps", "Deployment", f"n{number % 7}", f"d{number}") for number in range(size)]
        start = time.process_time()
        apply_order(some)
        return time.process_time() - start

    assert min(seconds(50_000) for _ in range(3)) < 60 * max(min(seconds(5_000) for _ in range(3)), 1e-4)
