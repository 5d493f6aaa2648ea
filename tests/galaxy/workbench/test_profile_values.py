from galaxy.workbench.profile_values import leaves, profile_values, read_yaml
from tests.root import ROOT

PROFILES = ROOT / "profiles"


def test_the_default_profile_names_every_setting_and_the_others_what_differs() -> None:
    default = profile_values([], PROFILES)
    for name in ("paper", "authors"):
        other = leaves(read_yaml(PROFILES / f"{name}.yaml"))
        added = {key for key in other if key.startswith("models.vgg11-scratch-kaiming.")}
        assert bool(added) is (name == "paper")
        assert other.keys() - added <= default.keys()
        assert all(default[key] != value for key, value in other.items() if key not in added), "equal is no difference"
