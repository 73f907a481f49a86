"""Scores that people ask for as if they were losses: what each is, and what is nearest to it here."""

from __future__ import annotations

_RANKING = "it looks at the order of all rows together, so no row has a share of it"
_DECISIONS = "it is a ratio of counts of decisions"
_LIKELY = "log_loss or brier, which judge the probabilities themselves"

_SCORES: dict[tuple[str, ...], tuple[str, str]] = {
    ("accuracy", "acc", "accuracy_score", "binary_accuracy", "categorical_accuracy"): (
        "it is the share of rows whose decision is right", "zero_one, which is one minus it",
    ),
    ("auc", "roc_auc", "auroc", "roc_auc_score", "roc", "gini"): (_RANKING, _LIKELY),
    ("average_precision", "average_precision_score", "pr_auc", "auprc", "aucpr"): (_RANKING, _LIKELY),
    ("f1", "f1_score", "fscore", "f_score", "fbeta", "f_beta", "fbeta_score"): (
        _DECISIONS, "dice with --pool batch, which is one minus F1 where predictions and labels are 0 or 1",
    ),
    ("recall", "recall_score", "sensitivity", "tpr"): (
        _DECISIONS, "tversky with --pool batch --fp-weight 0 --fn-weight 1, which is one minus recall of 0 and 1",
    ),
    ("precision", "precision_score", "ppv"): (
        _DECISIONS, "tversky with --pool batch --fp-weight 1 --fn-weight 0, which is one minus precision of 0 and 1",
    ),
    ("balanced_accuracy", "balanced_accuracy_score", "mcc", "matthews_corrcoef", "kappa", "cohen_kappa",
     "cohen_kappa_score", "confusion_matrix"): (_DECISIONS, "zero_one, the share of wrong decisions"),
    ("ndcg", "ndcg_score", "mrr", "map", "mean_average_precision", "hit_rate", "recall_at_k", "precision_at_k"): (
        "it judges ranked lists", "top_k_error, the share of rows whose label is not among the k largest scores",
    ),
    ("pearson", "pearsonr", "spearman", "spearmanr", "kendall", "kendalltau", "correlation", "corr", "ccc"): (
        "a correlation does not see a wrong scale or offset", "r2 or mse, which do",
    ),
    ("wer", "cer", "word_error_rate", "character_error_rate", "edit_distance", "levenshtein"): (
        "it counts edits of texts", "ctc, the loss of a model of sequences",
    ),
    ("bleu", "rouge", "meteor", "chrf", "bertscore"): ("it compares texts", "perplexity or bits_per_byte"),
    ("psnr", "ssim", "lpips", "fid"): ("it judges images as people see them", "mse"),
}  # fmt: skip
SCORES = {name: entry for names, entry in _SCORES.items() for name in names}


def sentence(name: str) -> tuple[str, str] | None:
    """What to say of the name of a score, and what is nearest to it here; None where the name is not one."""
    entry = SCORES.get(name.strip().lower().replace("-", "_"))
    if entry is None:
        return None
    why, nearest = entry
    return f"{name} is a score and not a loss: {why}.", f"Nearest here is {nearest}."
