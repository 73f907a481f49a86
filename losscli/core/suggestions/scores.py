"""Scores, which people also ask for: what is nearest to each among the losses, where something is."""

from __future__ import annotations

_RANKS = "It is made of the order of all rows; log_loss and brier judge the probabilities themselves."
_TEXT = "It compares texts, and no loss here is like it; perplexity is of the probabilities of their words."

# names of a score, and a sentence on what is nearest
SCORES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("accuracy", "acc", "accuracy_score", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
     "zero_one is 1 - accuracy."),
    (("top_k_categorical_accuracy", "top_k_accuracy_score"), "top_k_error is 1 less it."),
    (("dice_score", "dice_coefficient", "dice_coef"),
     "dice is 1 - F1 of predictions and labels of 0 and 1, with --pool batch over all of them."),
    (("fscore", "f2", "f2_score", "f05", "f0_5_score"), "f_score is it, with --beta for another than F1."),
    (("iou_score", "mean_iou", "miou", "jaccard_index"), "jaccard is 1 less it; jaccard_score is of decisions."),
    (("specificity", "tnr", "fpr"), "recall_score of the other class is the specificity."),
    (("auc", "roc_auc", "auroc", "roc_auc_score", "average_precision", "average_precision_score", "ap", "auprc",
      "pr_auc", "map", "mean_average_precision", "gini"), _RANKS),
    (("spearman", "spearmanr", "kendall", "kendall_tau", "concordance_index", "c_index"), _RANKS),
    (("dcg", "mrr", "reciprocal_rank", "hit_rate", "recall_at_k", "precision_at_k"),
     "ndcg judges ranked lists, and top_k_error is the share of rows whose label is not among the k largest scores."),
    (("corr", "corrcoef"), "pearson_correlation is it."),
    (("confusion_matrix", "classification_report"), "zero_one counts the errors."),
    (("bleu", "rouge", "meteor", "chrf", "bertscore", "exact_match"), _TEXT),
    (("wer", "cer", "word_error_rate", "character_error_rate", "edit_distance", "levenshtein"),
     "It counts edits of texts; ctc is the loss of a model of sequences."),
    (("ssim", "fid", "lpips"), "It is of whole images; mse is of their pixels, and psnr is made of it."),
)  # fmt: skip


def nearest_of_score(name: str) -> str | None:
    """What is nearest to a score of this name, as a sentence; None where it is no score."""
    return next((sentence for names, sentence in SCORES if name in names), None)


def sentence(name: str) -> tuple[str, str] | None:
    """What to say of the name of a score, and what is nearest to it here; None where the name is not one."""
    nearest = nearest_of_score(name.strip().lower().replace("-", "_"))
    return None if nearest is None else (f"{name} is a score and not a loss.", nearest)
