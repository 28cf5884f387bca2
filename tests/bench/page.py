"""The result as one HTML file: the table, and plots that gnuplot draws as SVG."""

import html
import subprocess
from pathlib import Path
from statistics import median

import report
from network import Failed

GNUPLOT = "gnuplot"

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
       color: #1d2733; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid #d7dee6; }
th:first-child, td:first-child { text-align: left; font-family: ui-monospace, monospace; }
td.missed, .failed { color: #a3160f; font-weight: 600; } td.reached { color: #14652f; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem; }
figure { margin: 0; } svg { width: 100%; height: auto; } figcaption { color: #4a5a6a; }
"""

PLOT = """set terminal svg size 640,400 dynamic font 'sans-serif,13'
set logscale x
set datafile missing '?'
set format y '%.0f'
set xlabel '{x}'
set ylabel '{y}'
set yrange [0:*]
set grid ytics lc rgb '#d7dee6'
set key {key} samplen 2
set border 3 lc rgb '#4a5a6a'
set tics nomirror
$data << EOD
{data}
EOD
plot {lines}
"""
COLOURS = ("#0b5cad", "#b4540a", "#2c7a3f")


def _plot(what, x_label, names, points, y_label="operations/s", key="left top"):
    """points: rows of x and one value per name."""
    data = "\n".join(" ".join("?" if value is None else str(value) for value in point) for point in points)
    lines = ", ".join(f"$data using 1:{i + 2} with linespoints pt 7 ps 0.7 lw 2 "
                      f"lc rgb '{COLOURS[i]}' title '{name}'" for i, name in enumerate(names))
    script = PLOT.format(x=x_label, y=y_label, key=key, data=data, lines=lines)
    try:
        done = subprocess.run([GNUPLOT], input=script, capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        raise Failed("the page needs gnuplot: package gnuplot-nox") from missing
    start = done.stdout.find("<svg")
    if done.returncode != 0 or start < 0:
        raise Failed(f"gnuplot could not draw {what}: {done.stderr}")
    return f"<figure>{done.stdout[start:]}<figcaption>{html.escape(what)}</figcaption></figure>"


def _plots(document):
    if "batches" in document:
        yield _plot("The engine alone, and the same statements in a bare loop", "transfers in a batch",
                    ("engine", "ceiling"),
                    [(point["batch"], point["engine"], point["ceiling"])
                     for point in document["batches"]])
        yield _plot("Transfers end to end, and TPC-B", "clients", ("transfers", "TPC-B"),
                    [(point["clients"], point["transfers"], point["tpcb"])
                     for point in document["clients"]])
    if "connections" in document:
        found = document["connections"]
        steps = [found["alone"], *found["steps"]]
        yield _plot(f"Transfers of {found['working']} terminals, while more are connected",
                    "terminals connected", ("transfers",),
                    [(step["connected"], median(step["tps"])) for step in steps], key="left bottom")
        yield _plot("What an idle connection takes of the middleware's memory", "terminals connected",
                    ("KiB per connection",),
                    [(step["connected"], step["kib_per_connection"]) for step in found["steps"]],
                    y_label="KiB", key="left bottom")
    if "accounts" in document:
        steps = document["accounts"]["steps"]
        small = document["shape"]["customers"]
        yield _plot("Transfers among more and more accounts", "accounts at the bank",
                    ("bank that grows", f"beside it, {small:,} accounts"),
                    [(step["accounts"], median(step["large"]), median(step["small"]))
                     for step in steps], key="left bottom")


def _table(document):
    lines = []
    for row in report.rows(document):
        low_high = document["ratio_spreads"].get(row.name)
        spread = f"{low_high[0]:.2f}..{low_high[1]:.2f}" if low_high else ""
        state = "" if not row.reach else "reached" if row.reached else "missed"
        cells = [row.name, row.ours, row.theirs, f"{row.value:.2f}", row.reach, spread]
        lines.append("<tr>" + "".join(
            f"<td{f' class={state}' if i == 3 and state else ''}>{html.escape(cell)}</td>"
            for i, cell in enumerate(cells)) + "</tr>")
    return "\n".join(lines)


def write(document, file):
    facts = document["machine"]
    plots = "\n".join(_plots(document))
    Path(file).write_text(f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tellerwire: measured</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>
<h1>Tellerwire: measured beside its peers</h1>
<p>{facts['cores']} cores of {html.escape(facts['cpu'])}, {facts['memory_mb'] // 1024} GiB, PostgreSQL
{html.escape(facts['postgresql'])} with fsync {facts['fsync']}, fdatasync {facts['fdatasync_ms']} ms.
Medians of {len(document['runs'][0]['rounds'])} alternating rounds, least and most in brackets; load generator, TLS,
middleware, bank servers and databases share the cores.</p>
{f"<p class=failed>The run failed: {html.escape(document['failed'])}</p>" if "failed" in document else ""}
<table><thead><tr><th>figure</th><th>ours</th><th>theirs</th><th>ratio</th><th>reach</th>
<th>spread</th></tr></thead><tbody>
{_table(document)}
</tbody></table>
{f'<h2>How it grows</h2><div class="plots">{plots}</div>' if plots else ''}
</body></html>
""", encoding="utf-8")
