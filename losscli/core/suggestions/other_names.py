"""The words of other programs for commands, options and their values, and what stands for each here."""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS = {
    "compute": "run eval evaluate calc calculate calculator score metric metrics loss measure value",
    "compare": "diff versus vs ab test ttest significance",
    "why": "decompose decomposition attribution attribute breakdown contributions kitagawa oaxaca mix-shift",
    "sweep": "grid gridsearch scan surface curve range",
    "slices": "slice segments segment subgroups subgroup slicefinder worst",
    "reconcile": "explain parity convention conventions which match",
    "batch": "many all leaderboard rank bulk suite best",
    "gate": "assert threshold ci baseline",
    "inspect": "check describe info head validate preflight peek stats summary doctor",
    "merge": "join combine concat aggregate reduce",
    "verify": "recompute reproduce audit replay",
    "list": "ls losses search find catalog catalogue available",
    "show": "doc docs man about formula page",
    "schema": "schemas json-schema",
    "completion": "completions autocomplete",
    "plot": "draw picture pictures figure figures",
    "vectors": "test-vectors testvectors",
}
COMMAND_OF = {word: command for command, words in COMMANDS.items() for word in words.split()}

# each word with what to type instead: the first whose option the command has
OPTIONS: Mapping[str, tuple[str, ...]] = {
    name: tuple(instead.split("; "))
    for names, instead in {
        "losses metric metrics measure m criterion objective scoring": "--loss LOSS",
        "group-by groupby group groups by slice slices segment segments per": "--by COLUMN; --over COLUMN; --where "
        "COLUMN=VALUE",
        "columns features feature": "--over COLUMN,COLUMN",
        "nan-policy": "--nan drop",
        "skipna skip-na dropna drop-na ignore-na drop-gaps skip-gaps ignore-nan ignore-nans skip-nan drop-nan "
        "drop-nans omit-nan no-nan remove-nan na-rm": "--drop-missing",
        "worst-rows top-losses hardest worst-k largest nlargest": "--worst K",
        "ignore-missing skip-missing ignore-null drop-null drop-nulls ignore-nulls": "--missing drop; --drop-missing",
        "sample-weight sample-weights weight-col weight-column w weights-col weight-by": "--weight COLUMN",
        "y-true y-label target targets truth gt ground-truth label-col label-column labels-col reference references "
        "actual actuals expected y y-col label-field target-col target-column t": "--label COLUMN; --labels FILE",
        "y-pred yhat prediction predictions preds pred-col output-col y-prob y-score score-col pred-column "
        "prediction-column prediction-col prob-col proba-col p column col": "--pred COLUMN",
        "logits from-logits raw-scores": "--input logits",
        "probs proba probabilities probability from-probs": "--input probs",
        "logprobs log-probs from-logprobs": "--input logprobs",
        "class-names names labels-order": "--classes A,B,...",
        "out outfile out-file output-file save write save-to to output-path export": "-o FILE",
        "average avg reduce aggregate agg": "--reduction mean",
        "mean": "--reduction mean",
        "sum": "--reduction sum",
        "no-reduce unreduced": "--reduction none",
        "n-jobs workers num-workers njobs parallel processes cores": "--jobs N; --threads N",
        "num-threads nthreads cpus": "--threads N",
        "memory mem mem-limit ram": "--max-memory 512M",
        "sep separator delim field-separator": "--delimiter CHAR",
        "on key keys index match-on merge-on join-on join-key left-on right-on": "--join KEY",
        "id ids id-col id-column": "--join KEY; --keep COLUMN",
        "filter query subset only": "--where COLUMN=VALUE",
        "how inner outer left inner-join": "--on-missing drop",
        "allow-missing allow-no-baseline first-run missing-ok bootstrap-baseline": "--on-no-baseline pass",
        "limit max-loss max-value fail-above fail-over at-most threshold upper": "--max VALUE; --max LOSS=VALUE",
        "tolerance tol rtol atol eps-margin slack": "--margin X%",
        "confidence confidence-level conf interval confidence-interval level": "--ci 95; --confidence 95",
        "alpha q tau": "--quantile Q; --ci 95; --confidence 95",
        "ci": "--confidence 95",
        "n-boot n-bootstrap bootstraps boot n-resamples": "--bootstrap B; --resamples R",
        "per-row per-example elementwise rows row-losses each per-sample-loss": "--per-sample FILE",
        "framework compat preset as profile convention": "--like NAME",
        "decimals round rounding ndigits significant sig sig-digits significant-digits decimal-places": "--digits N",
        "digits expect-digits": "--match-digits N",
        "order-by sort-by order rank ranking sorted": "--sort value",
        "head first n-best k n best-n": "--top N",
        "plot plots picture pictures figure figures chart charts graph html html-report": "--report html=FILE",
        "pretty human": "--format table",
        "winner argmin": "--best",
        "value only-value value-only number number-only bare raw scalar": "--format value",
        "csv": "--format csv", "tsv": "--format tsv", "markdown md": "--format markdown",
        "plain text": "--format plain",
        "jsonl ndjson": "--format jsonl", "junit junit-xml": "--report junit=FILE",
        "silent no-notes no-warnings s": "-q", "debug": "-v",
        "keep-going continue-on-error ignore-errors force": "--keep-going",
        "continue": "--resume",
        "base reference-report": "--baseline REPORT",
        "random-state": "--seed N",
        "no-color no-colour nocolor": "--color never",
        "class-axis-index axis dim": "--class-axis AXIS",
        "class-weight": "--class-weights A,B,...",
        "g": "--gamma NUMBER",
        "show show-columns extra include": "--keep COLUMN",
        "smoothing": "--label-smoothing NUMBER; --smooth NUMBER",
        "ignore ignore-value pad pad-id pad-token-id padding-idx": "--ignore-index CLASS; --ignore-label VALUE",
        "help-full full-help all-options": "--help-all",
    }.items()
    for name in names.split()
}  # fmt: skip

OF_ONE_LOSS = ("compute", "sweep", "reconcile")
LOSS_OPTIONS = frozenset(
    {"loss", "losses", "l", "metric", "metrics", "m", "measure", "criterion", "objective", "scoring", "loss-fn"}
)
IDS = ("id", "ids", "id-col", "id-column")
ROLES: Mapping[str, frozenset[str]] = {  # options that name a file of this role where their value is a file
    "pred": frozenset(
        {
            "pred",
            "preds",
            "prediction",
            "predictions",
            "y-pred",
            "yhat",
            "y-prob",
            "y-score",
            "p",
            "pred-file",
            "current",
        }
    ),
    "label": frozenset(
        {"label", "labels", "target", "targets", "truth", "gt", "ground-truth", "y-true", "y", "t", "label-file"}
    ),
    "base": frozenset({"base", "baseline", "old", "a", "control", "before"}),
    "cand": frozenset({"cand", "candidate", "new", "b", "treatment", "challenger", "after"}),
}
FILES = ("file", "files", "f", "data", "dataset", "table", "csv-file", "input-file", "in-file", "i", "path", "paths")
_NO_FILL = "losscli fills no gaps; --drop-missing leaves out the rows that have one."
_BOTH_WAYS = "Write --sort value, which puts the best first: the lowest of a loss, and the highest of r2."
SENTENCES: Mapping[str, str] = {  # words that no option stands for
    **dict.fromkeys(("squared", "root", "sqrt"), "The root of mse is a loss of its own, rmse."),
    **dict.fromkeys(("fillna", "impute", "fill", "fill-na", "fill-value"), _NO_FILL),
    **dict.fromkeys(("reverse", "descending", "ascending", "desc", "asc", "r"), _BOTH_WAYS),
    **dict.fromkeys(("paired", "pairwise"), "Rows are always paired, so no option says it."),
    **dict.fromkeys(
        ("std", "stderr", "se", "sem", "standard-error"),
        "The output has the standard error; --ci 95 adds an interval.",
    ),
    **dict.fromkeys(("header", "no-header"), "losscli finds out by itself whether a file has a header."),
    **dict.fromkeys(("list", "list-losses", "losses", "list-metrics"), "Write losscli list."),
    **dict.fromkeys(("v", "V", "ver"), "Write losscli --version."),
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "input": {
        **dict.fromkeys(("prob", "proba", "probability", "probabilities", "sigmoid", "softmax"), "probs"),
        **dict.fromkeys(("log_probs", "log-probs", "logprob", "log_softmax", "logsoftmax"), "logprobs"),
        **dict.fromkeys(("logit", "raw"), "logits"),
        **dict.fromkeys(("value", "regression", "numbers"), "values"),
    },
    "reduction": dict.fromkeys(("average", "avg"), "mean"),
    **dict.fromkeys(
        ("missing", "nan"), dict.fromkeys(("skip", "ignore", "exclude", "true"), "drop") | {"raise": "error"}
    ),
    "on_missing": dict.fromkeys(("skip", "ignore", "inner"), "drop") | {"raise": "error"},
    "like": {
        **dict.fromkeys(("pytorch", "torch.nn", "nn"), "torch"),
        **dict.fromkeys(("scikit-learn", "scikit", "scikit_learn"), "sklearn"),
        "tensorflow": "keras",
    },
    "sort": dict.fromkeys(("best", "asc", "ascending", "desc", "descending", "values"), "value")
    | dict.fromkeys(("file", "files", "names", "alphabetical"), "name"),
    "format": {"text": "plain", "txt": "plain", "md": "markdown", "number": "value", "ndjson": "jsonl"},
}
