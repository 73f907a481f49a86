"""How the page looks: on a telephone and a desk, in the dark, and on paper."""

from __future__ import annotations

from ..pictures.drawing import OVER_DARK, OVER_LIGHT

# the levels in the dark, where what is most is lightest, and the text on them
_LEVELS = ("#1b3a5f", "#1f4c7d", "#245f9b", "#2c72b4", "#3a80c2", "#74b3df", "#a6d0ee", "#deebf7")
_IN_THE_DARK = ";".join(
    [*(f"--level-{at}:{colour}" for at, colour in enumerate(_LEVELS)),
     f"--over-light:{OVER_DARK}", f"--over-dark:{OVER_LIGHT}"]
)  # fmt: skip

STYLE = """
:root{color-scheme:light dark;--ink:#1b1c1d;--faint:#63676b;--shade:#d8dadc;--paper:#ffffff;--panel:#f5f6f7;
--error:#a40000;--warning:#8a5300;--note:#4a4e52;--passed:#00603f}
@media screen and (prefers-color-scheme:dark){:root{--ink:#eceeef;--faint:#a3a8ad;--shade:#3c4146;--paper:#15181b;
--panel:#1f2327;--error:#ff9b93;--warning:#f2bd5c;--note:#b9bec3;--passed:#6fd3a9;LEVELS}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:78rem;padding:1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:clamp(1.1rem,5.5vw,1.6rem);line-height:1.2;margin:.3em 0;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:1.6em 0 .4em;border-bottom:1px solid var(--shade)}
h3{font-size:1rem;margin:0 0 .3em;overflow-wrap:anywhere}
p{margin:.4em 0;max-width:46rem;overflow-wrap:anywhere}
.lead{font-size:1.1rem}
dl{margin:.4em 0}dl div{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.15em 0;border-bottom:1px solid var(--shade)}
dt{flex:0 0 11rem;color:var(--faint)}dd{margin:0;flex:1 1 12rem;min-width:0;overflow-wrap:anywhere}
ul{margin:.4em 0;padding:0;list-style:none}
li{margin:.4em 0;padding:.4em .7em;border-left:.3em solid currentColor;background:var(--panel);max-width:60rem;
overflow-wrap:anywhere}
li.error,li.failed,li.worse{color:var(--error)}li.warning,li.inconclusive{color:var(--warning)}li.note{color:var(--note)}
li.passed{color:var(--passed)}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:1.2rem;align-items:start}
figure{margin:0;padding:.8rem;background:var(--panel);border-radius:.4rem;min-width:0}
figure svg{display:block;width:100%;max-width:34rem;height:auto;margin:0 auto;
font-family:"DejaVu Sans",Verdana,sans-serif}
figcaption{font-size:.9rem}
details{margin-top:.5em;font-size:.85rem}summary{cursor:pointer}
.wide{overflow-x:auto;max-width:100%}.wide table{width:max-content;max-width:max(100%,64rem)}
table{border-collapse:collapse;font-size:.9rem}
caption{text-align:left;color:var(--faint);padding:.4em 0}
th,td{padding:.2em .7em .2em 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--shade)}
th{color:var(--faint);font-weight:600}td{overflow-wrap:break-word}.long{overflow-wrap:anywhere;min-width:10rem;max-width:26rem}
.number,.numbers td,.numbers th{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.hash{font-size:.8rem;overflow-wrap:anywhere;min-width:9rem}
pre{background:var(--panel);padding:.6em .8em;border-radius:.4rem;overflow-x:auto;white-space:pre-wrap;
overflow-wrap:anywhere;font-size:.9rem;margin:.4em 0}
@media (max-width:30rem){body{padding:.6rem}.lead{font-size:1rem}figure{padding:.5rem}
.inputs{display:block}.inputs.wide table{width:auto}.inputs thead{display:none}
.inputs table,.inputs tbody,.inputs tr,.inputs td{display:block;border:0;padding:0}
.inputs tr{padding:.3em 0;border-bottom:1px solid var(--shade)}.inputs td{overflow-wrap:anywhere}}
footer{margin-top:2em;color:var(--faint);font-size:.85rem}
@media print{:root{color-scheme:light;--ink:#000;--faint:#444;--shade:#ccc;--paper:#fff;--panel:#fff;--error:#a40000;
--warning:#6b4000;--note:#333;--passed:#00603f}
body{max-width:none;padding:0;font-size:10.5pt}figure{break-inside:avoid;border:1px solid #ccc}
.pictures{grid-template-columns:1fr 1fr}h2,h3{break-after:avoid}tr,li{break-inside:avoid}
details:not([open]){display:none}
.wide{overflow:visible}.wide table{width:auto;max-width:100%}}
""".replace("\n", "").replace("LEVELS", _IN_THE_DARK)
