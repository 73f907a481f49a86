"""The package's losses: name, then family, module and aliases. Written by `python docs/make.py`."""

LOSSES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "arcface": ("embeddings and faces", "embeddings.arcface", ("arc_face", "arcface_loss", "additive_angular_margin")),
    "center": ("embeddings and faces", "embeddings.center", ("center_loss", "centre", "centre_loss")),
    "contrastive": ("embeddings and faces", "embeddings.contrastive", ("contrastive_loss",)),
    "cosface": (
        "embeddings and faces",
        "embeddings.cosface",
        ("cos_face", "am_softmax", "cosface_loss", "large_margin_cosine"),
    ),
    "ctc": ("sequences", "sequences.ctc", ("ctc_loss", "connectionist_temporal_classification")),
    "dice": ("segmentation", "segmentation.dice", ("dice_loss", "soft_dice")),
    "focal": (
        "binary and multi-label",
        "binary.focal",
        ("focal_loss", "binary_focal", "sigmoid_focal", "softmax_focal", "categorical_focal"),
    ),
    "hinge": ("binary and multi-label", "binary.hinge", ("hinge_loss",)),
    "huber": ("regression", "regression.huber", ("huber_loss",)),
    "kl_divergence": ("divergences", "divergences.kl_divergence", ("kl", "kullback_leibler")),
    "l1": ("regression", "regression.l1", ("l1_norm", "manhattan")),
    "l2": ("regression", "regression.l2", ("l2_norm", "euclidean")),
    "mae": ("regression", "regression.mae", ("mean_absolute_error", "absolute_difference", "l1_loss")),
    "mse": ("regression", "regression.mse", ("mean_squared_error",)),
    "sigmoid_cross_entropy": (
        "binary and multi-label",
        "binary.sigmoid_cross_entropy",
        ("bce", "binary_crossentropy", "binary_cross_entropy", "bce_with_logits"),
    ),
    "smooth_l1": ("regression", "regression.smooth_l1", ("smooth_l1_loss",)),
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
    "triplet": (
        "embeddings and faces",
        "embeddings.triplet",
        ("triplet_loss", "triplet_margin", "triplet_margin_loss"),
    ),
}
