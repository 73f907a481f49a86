"""Two sides to compare."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import numpy as np

from losscli.report.schemas import text as schema_text

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema_text("report")))
Array = np.ndarray[Any, Any]
