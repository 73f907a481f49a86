"""Scores, which people also ask for: what is nearest to each among the losses, where something is."""

from __future__ import annotations

from typing import NamedTuple

_RANKS = (
    "It needs the order of all rows, which losscli does not compute; log_loss and brier judge the same probabilities."
)
_TEXT = "It compares texts, and no loss here is like it; perplexity is of the probabilities of their words."
_LISTS = "ndcg judges ranked lists, and top_k_error is the share of rows whose label is not among the k largest scores."
_SPECIFICITY = (
    "With labels of 0 and 1 the specificity is 2 (1 - balanced_error) - recall_score, and the false positive rate is 1 "
    "less it."
)
_TABLE = "zero_one is the share of errors, and precision_score, recall_score and f_score are of each class."


class Score(NamedTuple):
    """Names of a score, a sentence on what is nearest, and the loss to type where its value gives the score."""

    names: tuple[str, ...]
    sentence: str
    loss: str = ""


SCORES: tuple[Score, ...] = (
    Score(("accuracy", "acc", "accuracy_score", "binary_accuracy", "categorical_accuracy",
           "sparse_categorical_accuracy"), "zero_one is 1 - accuracy.", "zero_one"),
    Score(("balanced_accuracy", "balanced_accuracy_score", "bacc"), "balanced_error is 1 - balanced accuracy.",
          "balanced_error"),
    Score(("top_k_accuracy", "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "top_k_accuracy_score",
           "topk_accuracy"), "top_k_error is 1 - top-k accuracy.", "top_k_error"),
    Score(("top5_accuracy", "top_5_accuracy"), "top_k_error is 1 - top-k accuracy.", "top_k_error:k=5"),
    Score(("dice_score", "dice_coefficient", "dice_coef"),
          "dice is 1 - F1 of predictions and labels of 0 and 1, with --pool batch over all of them.",
          "dice:pool=batch"),
    Score(("iou_score", "mean_iou", "miou", "jaccard_index"),
          "jaccard is 1 - IoU of masks; jaccard_score is the index of decisions.", "jaccard"),
    Score(("specificity", "tnr", "fpr", "false_positive_rate", "true_negative_rate"),
          _SPECIFICITY),
    Score(("fnr", "false_negative_rate", "miss_rate"), "It is 1 - recall_score.", "recall_score"),
    Score(("fdr", "false_discovery_rate"), "It is 1 - precision_score.", "precision_score"),
    Score(("npv", "negative_predictive_value"),
          "precision_score is of class 1; exchange 0 and 1 in decisions and labels for that of class 0."),
    Score(("youden", "informedness", "youden_j"), "With labels of 0 and 1 it is 1 - 2 balanced_error.",
          "balanced_error"),
    Score(("auc", "roc_auc", "auroc", "roc_auc_score", "average_precision", "average_precision_score", "ap", "auprc",
           "pr_auc", "map", "mean_average_precision", "gini", "ks"), _RANKS),
    Score(("spearman", "spearmanr", "spearman_corrcoef", "kendall", "kendalltau", "kendall_tau",
           "kendall_rank_corrcoef", "rank_correlation"),
          "It needs the order of all rows, which losscli does not compute; pearson_correlation is of the values."),
    Score(("concordance_index", "c_index", "cindex"),
          "It needs the order of all rows, which losscli does not compute; aft is the loss of survival times."),
    Score(("dcg", "mrr", "reciprocal_rank", "hit_rate", "recall_at_k", "precision_at_k"), _LISTS),
    Score(("quadratic_kappa", "weighted_kappa", "quadratic_weighted_kappa", "qwk", "linear_kappa"),
          "cohen_kappa has no weights for classes that are near each other, so it is another number."),
    Score(("adjusted_r2", "adj_r2"), "r2 is without the adjustment for the number of features.", "r2"),
    Score(("log_likelihood", "likelihood"), "nll and log_loss are minus the mean log-likelihood."),
    Score(("confusion_matrix", "classification_report"), _TABLE),
    Score(("bleu", "rouge", "meteor", "chrf", "bertscore", "exact_match"), _TEXT),
    Score(("wer", "cer", "word_error_rate", "character_error_rate", "edit_distance", "levenshtein"),
          "It counts edits of texts; ctc is the loss of a model of sequences."),
    Score(("ssim", "fid", "lpips"), "It is of whole images; mse is of their pixels, and psnr is made of it."),
)  # fmt: skip
_AVERAGES = ("macro", "micro", "weighted")
_OF_CLASSES = {
    "f1": "f_score", "f1_score": "f_score", "precision": "precision_score", "recall": "recall_score",
}  # fmt: skip
# other names of a loss with parameters
SETTINGS: dict[str, str] = {
    **dict.fromkeys(("f2", "f2_score"), "f_score:beta=2"),
    **dict.fromkeys(("f05", "f0_5", "f05_score", "f0_5_score"), "f_score:beta=0.5"),
    **{
        name: f"{loss}:average={average}"
        for short, loss in _OF_CLASSES.items()
        for average in _AVERAGES
        for name in (f"{average}_{short}", f"{short}_{average}")
    },
}


def instead(name: str) -> str:
    """The loss to type in the place of a score, as LOSS or LOSS:KEY=VALUE; empty where no loss gives its value."""
    return SETTINGS.get(name) or next((score.loss for score in SCORES if name in score.names), "")


def answer(name: str) -> tuple[str, str] | None:
    """Why no loss has the name of a score, and what is nearest to it; None where the name is not one."""
    if name in SETTINGS:
        return f"it is {SETTINGS[name]}", f"losscli show {SETTINGS[name].partition(':')[0]} explains it."
    sentence = next((score.sentence for score in SCORES if name in score.names), None)
    return None if sentence is None else ("it is a score and not a loss", sentence)


def sentence(name: str) -> tuple[str, str] | None:
    """What to say of the name of a score, and what is nearest to it here; None where the name is not one."""
    known = answer(name.strip().lower().replace("-", "_"))
    return None if known is None else (f"{name}: {known[0]}.", known[1])
