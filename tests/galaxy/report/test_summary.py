from galaxy.report.published import PUBLISHED
from galaxy.report.quantities import MISSING
from galaxy.report.summary import markdown_table
from tests.galaxy.report.rows import make_row


def test_ours_beside_the_reports() -> None:
    custom = make_row("custom", accuracy=0.7654, accuracy_sd=0.012, roc_auc=0.91234).metrics
    other = make_row("a|b<script>", accuracy=0.7654, roc_auc=None).metrics
    rows = [("custom", custom, [0.7, 0.8]), ("a|b<script>", other, None)]
    lines = markdown_table(rows, PUBLISHED, notes=["Rendered *galaxies*"]).splitlines()
    assert "> Rendered \\*galaxies\\*" in lines
    (line,) = (line for line in lines if line.startswith("| custom "))
    assert line == "| custom | 76.5% ± 1.2 | 70.0% to 80.0% | 0.912 | 70.0% | 0.690 | 76% | 0.929 |"
    assert any(line.startswith("| a\\|b&lt;script&gt; | 76.5% |") for line in lines)
    widths = {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")}
    assert len(widths) == 1


def test_without_the_report_its_columns_are_left_out() -> None:
    text = markdown_table([("custom", make_row("custom").metrics, None)], {}, notes=[])
    assert "Report" not in text
    assert f"| custom | 70.0% | {MISSING} | 0.900 | 70.0% | 0.690 |" in text.splitlines()
