from typing import Any

from galaxy.report.summary import markdown_table


def metrics(**changes: Any) -> dict[str, Any]:
    return {"accuracy": 0.7654, "roc_auc": 0.91234, "balanced_accuracy": 0.7, "macro_f1": 0.69} | changes


def test_ours_beside_the_reports() -> None:
    table = markdown_table(
        [("custom", metrics(accuracy_sd=0.012)), ("a|b<script>", metrics(roc_auc=None))],
        intervals={"custom": [0.7, 0.8]},
        notes=["Rendered *galaxies*"],
    )
    lines = table.splitlines()
    assert "> Rendered \\*galaxies\\*" in lines
    (custom,) = (line for line in lines if line.startswith("| custom "))
    assert custom == "| custom | 76.5% ± 1.2 | 70.0% to 80.0% | 0.912 | 70.0% | 0.690 | 76% | 0.929 |"
    assert "| a\\|b&lt;script&gt; | 76.5% |" in table
    widths = {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")}
    assert len(widths) == 1
