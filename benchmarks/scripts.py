"""What people write instead: scripts that print a mean squared error of files, as short as they come."""

from __future__ import annotations

import sys
from pathlib import Path

NPY = {
    "numpy": """
import sys, numpy as np
x, y = map(np.load, sys.argv[1:3])
print(((x - y) ** 2).mean())
""",
    "numpy mmap": """
import sys, numpy as np
x, y = (np.load(p, mmap_mode="r") for p in sys.argv[1:3])
print(((x - y) ** 2).mean())
""",
    "scikit-learn": """
import sys, numpy as np
from sklearn.metrics import mean_squared_error
x, y = map(np.load, sys.argv[1:3])
print(mean_squared_error(y, x))
""",
    "torch": """
import sys, numpy as np, torch
x, y = (torch.from_numpy(np.load(p)) for p in sys.argv[1:3])
print(float(torch.nn.functional.mse_loss(x, y)))
""",
}
PARQUET = {
    "pandas": """
import sys, pandas as pd
d = pd.read_parquet(sys.argv[1], columns=["pred", "label"])
print(((d.pred - d.label) ** 2).mean())
""",
    "polars": """
import sys, polars as pl
d = pl.scan_parquet(sys.argv[1])
print(d.select(((pl.col("pred") - pl.col("label")) ** 2).mean()).collect(engine="streaming").item())
""",
    "duckdb": """
import sys, duckdb
con = duckdb.connect()
con.execute("set threads to 2")
mean = "avg((pred - label) * (pred - label))"
print(con.execute(f"select {mean} from read_parquet('{sys.argv[1]}')").fetchone()[0])
""",
}
CSV = {
    "pandas": """
import sys, pandas as pd
d = pd.read_csv(sys.argv[1])
print(((d.pred - d.label) ** 2).mean())
""",
    "polars": PARQUET["polars"].replace("scan_parquet", "scan_csv"),
    "duckdb": PARQUET["duckdb"].replace("read_parquet", "read_csv"),
}


def commands(scripts: dict[str, str], folder: Path, *files: str) -> dict[str, list[str]]:
    """The scripts as files of the folder, and the commands that run them on these files."""
    made = {}
    for name, text in scripts.items():
        path = folder / f"{name.replace(' ', '_').replace('-', '_')}_{Path(files[0]).suffix[1:]}_script.py"
        path.write_text(text.lstrip(), encoding="utf-8")
        made[f"{name} script"] = [sys.executable, str(path), *files]
    return made
