"""The package's losses: name, then family, module and aliases. Written by `python docs/make.py`."""

LOSSES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "arcface": ("embeddings and faces", "embeddings.arcface", ("arc_face", "arcface_loss", "additive_angular_margin")),
    "brier": ("binary and multi-label", "binary.brier", ("brier_score", "brier_score_loss", "quadratic_score")),
    "center": ("embeddings and faces", "embeddings.center", ("center_loss", "centre", "centre_loss")),
    "contrastive": ("embeddings and faces", "embeddings.contrastive", ("contrastive_loss",)),
    "cosface": (
        "embeddings and faces",
        "embeddings.cosface",
        ("cos_face", "am_softmax", "cosface_loss", "large_margin_cosine"),
    ),
    "ctc": ("sequences", "sequences.ctc", ("ctc_loss", "connectionist_temporal_classification")),
    "dice": ("segmentation", "segmentation.dice", ("dice_loss", "soft_dice")),
    "exponential": ("binary and multi-label", "binary.exponential", ("exponential_loss", "adaboost")),
    "focal": (
        "binary and multi-label",
        "binary.focal",
        ("focal_loss", "binary_focal", "sigmoid_focal", "softmax_focal", "categorical_focal"),
    ),
    "hamming": ("binary and multi-label", "binary.hamming", ("hamming_loss", "hamming_distance")),
    "hinge": ("binary and multi-label", "binary.hinge", ("hinge_loss",)),
    "hinge_embedding": ("binary and multi-label", "binary.hinge_embedding", ("hinge_embedding_loss",)),
    "huber": ("regression", "regression.huber", ("huber_loss",)),
    "kl_divergence": ("divergences", "divergences.kl_divergence", ("kl", "kullback_leibler")),
    "l1": ("regression", "regression.l1", ("l1_norm", "manhattan")),
    "l2": ("regression", "regression.l2", ("l2_norm", "euclidean")),
    "mae": ("regression", "regression.mae", ("mean_absolute_error", "absolute_difference", "l1_loss")),
    "mse": ("regression", "regression.mse", ("mean_squared_error",)),
    "multilabel_margin": (
        "binary and multi-label",
        "binary.multilabel_margin",
        ("multilabel_margin_loss", "multi_label_margin"),
    ),
    "multilabel_soft_margin": (
        "binary and multi-label",
        "binary.multilabel_soft_margin",
        ("multilabel_soft_margin_loss", "multi_label_soft_margin"),
    ),
    "sigmoid_cross_entropy": (
        "binary and multi-label",
        "binary.sigmoid_cross_entropy",
        ("bce", "binary_crossentropy", "binary_cross_entropy", "bce_with_logits"),
    ),
    "smooth_l1": ("regression", "regression.smooth_l1", ("smooth_l1_loss",)),
    "soft_margin": ("binary and multi-label", "binary.soft_margin", ("soft_margin_loss", "logistic", "logistic_loss")),
    "softmax_cross_entropy": (
        "multiclass",
        "multiclass.softmax_cross_entropy",
        (
            "ce",
            "cross_entropy",
            "categorical_crossentropy",
            "sparse_categorical_crossentropy",
            "sparse_softmax_cross_entropy",
        ),
    ),
    "sphereface": (
        "embeddings and faces",
        "embeddings.sphereface",
        ("sphere_face", "a_softmax", "sphereface_loss", "angular_softmax"),
    ),
    "squared_hinge": ("binary and multi-label", "binary.squared_hinge", ("squared_hinge_loss", "l2_svm")),
    "triplet": (
        "embeddings and faces",
        "embeddings.triplet",
        ("triplet_loss", "triplet_margin", "triplet_margin_loss"),
    ),
    "zero_one": (
        "binary and multi-label",
        "binary.zero_one",
        ("zero_one_loss", "error_rate", "classification_error", "binary_error", "merror"),
    ),
}
