# How to run, from the folder above this one (Python 3.11 or newer):
#
#     python3 -m venv /tmp/venv-sample
#     /tmp/venv-sample/bin/pip install -r sample_data/requirements.txt
#     /tmp/venv-sample/bin/python sample_data/make.py
#
"""Make the sample data: predictions of small real models on rows they were not trained on.

All source data comes with scikit-learn, so nothing is downloaded. Every file goes into a folder
next to this script. The seeds are fixed: a second run writes the same bytes. SOURCE.md tells what
is in each folder.
"""

import csv
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

Array = NDArray[Any]

HERE = Path(__file__).resolve().parent
DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIDE = 8  # a digit image has 8 x 8 pixels
INK = 16.0  # the darkest pixel value

CANCER_POSITIVES = 55  # malignant rows kept out of 212
DIGITS_TEST_ROWS = 800
DIGITS_STUDENT_ROWS = 250
FORECAST_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
JOINED_LOST = 12  # rows without a prediction
MASK_ROWS = 200
MASK_NOISE = 0.1
FACE_ROWS = 300
FACE_WIDTH = 16
FACE_PAIRS = 200
CTC_STRINGS = 60
CTC_TRAIN_STRINGS = 1500
CTC_MAX_DIGITS = 5
CTC_REACH = 5  # columns seen on each side of a column
SENTENCE_ORDER = 3  # characters that the better model of text looks at, the next one included
CTC_DIGIT_COLUMNS = (3, 4)  # the columns of a digit that carry its frame label


# ---------------------------------------------------------------- writing


def save_arrays(folder: str, **arrays: Array) -> None:
    """Write each array to <folder>/<name>.npy in C order."""
    (HERE / folder).mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(HERE / folder / f"{name}.npy", np.ascontiguousarray(array))


def save_text(path: str, columns: Mapping[str, Array], delimiter: str = ",", header: bool = True) -> None:
    """Write columns as delimited text; floats keep all their digits."""
    with (HERE / path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        if header:
            writer.writerow(columns)
        writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))


def save_parquet(path: str, columns: Mapping[str, Any]) -> None:
    """Write columns (NumPy or Arrow arrays) as a Parquet file."""
    pq.write_table(pa.table(dict(columns)), HERE / path)


# ---------------------------------------------------------------- small maths


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + np.exp(-x))


def log_softmax(logits: Array) -> Array:
    """Return the log-softmax over the last axis, in float64."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(logits: Array) -> Array:
    """Return the softmax over the last axis, in float64."""
    probs = np.exp(log_softmax(logits))
    return probs / probs.sum(axis=-1, keepdims=True)


def hidden_layer(model: MLPClassifier, x: Array) -> Array:
    """Return the hidden layer of a tanh network with one hidden layer."""
    return np.tanh(x @ model.coefs_[0] + model.intercepts_[0])


def output_logits(model: MLPClassifier, x: Array) -> Array:
    """Return the values of the output layer before the softmax."""
    return hidden_layer(model, x) @ model.coefs_[1] + model.intercepts_[1]


def unit_rows(x: Array) -> Array:
    """Scale every row to length one."""
    return x / np.linalg.norm(x, axis=1, keepdims=True)


# ---------------------------------------------------------------- cancer


def keep_some_positives(labels: Array, seed: int) -> tuple[Array, Array]:
    """Return the rows of all negatives and some positives, with weights (1 / chance to be kept)."""
    positives = np.flatnonzero(labels == 1)
    kept = np.random.default_rng(seed).choice(positives, CANCER_POSITIVES, replace=False)
    rows = np.sort(np.concatenate([np.flatnonzero(labels == 0), kept]))
    weights = np.where(labels[rows] == 1, len(positives) / CANCER_POSITIVES, 1.0)
    return rows, weights


def make_cancer() -> str:
    """Binary classification: out-of-fold logits of a logistic regression."""
    source = load_breast_cancer()
    malignant = (source.target == 0).astype(np.int64)
    ids, weights = keep_some_positives(malignant, seed=1)
    features, labels = source.data[ids, :10], malignant[ids]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    logits = cross_val_predict(model, features, labels, cv=folds, method="decision_function")
    probs = sigmoid(logits)
    signs = (2 * labels - 1).astype(np.int8)
    save_arrays("cancer", logits=logits, probs=probs, labels=labels, weights=weights, signs=signs)
    columns = {"id": ids, "logit": logits, "prob": probs, "label": labels}
    save_text("cancer/cancer.csv", columns)
    save_parquet("cancer/cancer.parquet", {**columns, "weight": weights})
    errors = int(np.sum((logits > 0) != labels))
    return f"{len(ids)} rows, {labels.mean():.1%} positive, {errors} wrong"


# ---------------------------------------------------------------- digits


def digits_student(x: Array, y: Array) -> LogisticRegression:
    """Fit a multinomial logistic regression to a few rows."""
    return LogisticRegression(C=1.0, max_iter=2000).fit(x[:DIGITS_STUDENT_ROWS], y[:DIGITS_STUDENT_ROWS])


def digits_teacher(x: Array, y: Array) -> MLPClassifier:
    """Fit a network to all training rows."""
    return MLPClassifier((100,), alpha=1.0, max_iter=300, random_state=2).fit(x, y)


def make_digits() -> str:
    """Ten classes: a weak student and a stronger teacher on held-out rows."""
    source = load_digits()
    train, test = train_test_split(
        np.arange(len(source.target)), test_size=DIGITS_TEST_ROWS, stratify=source.target, random_state=2
    )
    x, y = source.data / INK, source.target.astype(np.int64)
    labels = y[test]
    logits = digits_student(x[train], y[train]).decision_function(x[test]).astype(np.float32)
    teacher = digits_teacher(x[train], y[train]).predict_proba(x[test])
    probs = softmax(logits)
    onehot = np.eye(10, dtype=np.uint8)[labels]
    logprobs = log_softmax(logits)
    save_arrays("digits", logits=logits, probs=probs, logprobs=logprobs, labels=labels, onehot=onehot, teacher=teacher)
    save_digits_tables(test, logits, probs, labels)
    right = (np.mean(p.argmax(axis=1) == labels) for p in (probs, teacher))
    return "{} rows, student {:.1%} right, teacher {:.1%} right".format(len(test), *right)


def save_digits_tables(ids: Array, logits: Array, probs: Array, labels: Array) -> None:
    """Write digits.parquet and digits.csv."""
    names = np.array(DIGIT_NAMES)[labels]
    save_parquet(
        "digits/digits.parquet",
        {
            "id": ids,
            **{f"p_{name}": probs[:, i] for i, name in enumerate(DIGIT_NAMES)},
            "label": labels,
            "name": names.tolist(),
            "logits": pa.FixedSizeListArray.from_arrays(logits.ravel(), 10),
        },
    )
    by_class = {name: probs[:, i] for i, name in enumerate(DIGIT_NAMES)}
    save_text("digits/digits.csv", {"id": ids, **by_class, "label": names})


# ---------------------------------------------------------------- diabetes


def stratum_weights(age: Array, sex: Array) -> Array:
    """Weight rows of small age and sex groups up to an even share; all other rows weigh 1."""
    band = np.digitize(age, [35, 50, 65])
    group = band * 2 + (sex > sex.min())
    counts = np.bincount(group, minlength=8)
    return np.maximum(1.0, len(group) / 8 / counts[group])


def make_diabetes() -> str:
    """Weighted regression: out-of-fold predictions of a ridge regression."""
    source = load_diabetes(scaled=False)
    weights = stratum_weights(source.data[:, 0], source.data[:, 1])
    model = make_pipeline(StandardScaler(), Ridge(alpha=10.0))
    pred = cross_val_predict(model, source.data, source.target, cv=KFold(5, shuffle=True, random_state=3))
    folds = KFold(5, shuffle=True, random_state=3)  # the same for a smaller model: body mass, blood pressure and s5
    other = cross_val_predict(model, source.data[:, [2, 3, 8]], source.target, cv=folds)
    save_arrays("diabetes", pred=pred, other=other, label=source.target, weight=weights)
    columns = {"id": np.arange(len(pred)), "pred": pred, "label": source.target, "weight": weights}
    save_text("diabetes/diabetes.csv", columns)
    save_text("diabetes/diabetes.tsv", columns, delimiter="\t")
    save_text("diabetes/pred_only.csv", {"pred": pred}, header=False)
    save_parquet("diabetes/diabetes.parquet", columns)
    r2 = 1 - np.sum((pred - source.target) ** 2) / np.sum((source.target - source.target.mean()) ** 2)
    return f"{len(pred)} rows, R2 {r2:.3f}, {np.mean(weights == 1):.0%} of the weights are 1"


# ---------------------------------------------------------------- joined


def make_joined() -> str:
    """The diabetes rows in two files with a key, each in an order of its own; 12 rows have no prediction."""
    source = {name: np.load(HERE / "diabetes" / f"{name}.npy") for name in ("pred", "label", "weight")}
    rng = np.random.default_rng(9)
    count = len(source["pred"])
    keys = np.array([f"P{row:04d}" for row in range(count)])
    predicted, labelled = rng.permutation(count)[JOINED_LOST:], rng.permutation(count)
    (HERE / "joined").mkdir(exist_ok=True)
    save_text("joined/preds.csv", {"id": keys[predicted], "pred": source["pred"][predicted]})
    columns = {name: source[name][labelled] for name in ("label", "weight")}
    save_parquet("joined/labels.parquet", {"id": keys[labelled].tolist(), **columns})
    return f"{len(predicted)} predictions, {len(labelled)} labels"


# ---------------------------------------------------------------- masks


def neighbours(images: Array, reach: int) -> Array:
    """Return, for each pixel of (n, h, w), the square of pixels around it: (n, h, w, pixels)."""
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)))
    size = 2 * reach + 1
    squares = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
    return squares.reshape(*images.shape, size * size)


def blur_and_add_noise(images: Array, seed: int) -> Array:
    """Blur with a 3 x 3 mean and add normal noise."""
    noise = np.random.default_rng(seed).normal(0.0, MASK_NOISE, images.shape)
    return neighbours(images, 1).mean(axis=-1) + noise


def make_masks() -> str:
    """Masks: a per-pixel model finds the ink of a digit in a blurred, noisy image."""
    images = load_digits().images / INK
    masks = (images >= 0.5).astype(np.uint8)
    x = neighbours(blur_and_add_noise(images, seed=4), 2)
    train, test = train_test_split(np.arange(len(images)), test_size=MASK_ROWS, random_state=4)
    model = LogisticRegression(max_iter=1000).fit(x[train].reshape(-1, x.shape[-1]), masks[train].ravel())
    scores = model.decision_function(x[test].reshape(-1, x.shape[-1]))
    probs = sigmoid(scores).reshape(masks[test].shape).astype(np.float32)
    save_arrays("masks", probs=probs, masks=masks[test])
    right = np.mean((probs > 0.5) == masks[test])
    return f"{len(test)} images, {right:.1%} of the pixels right"


# ---------------------------------------------------------------- boxes


def box_of(mask: Array) -> list[int]:
    """The corners x1, y1, x2, y2 of the smallest box that holds a mask."""
    rows, columns = np.nonzero(mask)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


def make_boxes() -> str:
    """Boxes: the smallest ones that hold a predicted mask, and the true one."""
    probs, masks = (np.load(HERE / "masks" / f"{name}.npy") for name in ("probs", "masks"))
    pred, label = (np.array([box_of(each) for each in every], np.int64) for every in (probs > 0.5, masks == 1))
    save_arrays("boxes", pred=pred.astype(np.float32), label=label)
    return f"{len(pred)} boxes, {np.mean((pred == label).all(axis=1)):.1%} of them right"


# ---------------------------------------------------------------- faces


def draw_pairs(labels: Array, seed: int) -> tuple[Array, Array]:
    """Draw row pairs: the first half of the same class, the second half of two classes."""
    rng = np.random.default_rng(seed)
    first = rng.choice(len(labels), FACE_PAIRS)
    same = np.arange(FACE_PAIRS) < FACE_PAIRS // 2
    second = [draw_other(labels, row, match, rng) for row, match in zip(first, same, strict=True)]
    return first, np.array(second)


def draw_other(labels: Array, row: int, match: bool, rng: np.random.Generator) -> int:
    """Draw another row whose class is the same as the row's (match) or is not."""
    allowed = (labels == labels[row]) == match
    allowed[row] = False
    return int(rng.choice(np.flatnonzero(allowed)))


def draw_triplets(labels: Array, seed: int) -> tuple[Array, Array, Array]:
    """Draw rows of anchors, of the same class as each anchor, and of another class."""
    rng = np.random.default_rng(seed)
    anchor = rng.choice(len(labels), FACE_PAIRS)
    positive = [draw_other(labels, row, True, rng) for row in anchor]
    negative = [draw_other(labels, row, False, rng) for row in anchor]
    return anchor, np.array(positive), np.array(negative)


def save_face_pairs(embeddings: Array, labels: Array) -> str:
    """Write the pairs and triplets drawn from the held-out embeddings."""
    a, b = draw_pairs(labels, seed=5)
    wide = embeddings.astype(np.float64)
    distances = np.linalg.norm(wide[a] - wide[b], axis=1)
    same = (labels[a] == labels[b]).astype(np.uint8)
    save_arrays("faces", pair_a=embeddings[a], pair_b=embeddings[b], same=same, distances=distances)
    anchor, positive, negative = draw_triplets(labels, seed=6)
    save_arrays("faces", anchor=embeddings[anchor], positive=embeddings[positive], negative=embeddings[negative])
    near, far = distances[same == 1].mean(), distances[same == 0].mean()
    return f"mean distance {near:.2f} for the same class, {far:.2f} for two classes"


def make_faces() -> str:
    """Embeddings: the hidden layer of a small network, with class centres, pairs and triplets."""
    source = load_digits()
    x, y = source.data / INK, source.target.astype(np.int64)
    train_x, test_x, train_y, labels = train_test_split(x, y, test_size=FACE_ROWS, stratify=y, random_state=5)
    model = MLPClassifier((FACE_WIDTH,), activation="tanh", alpha=20.0, max_iter=200, random_state=5)
    model.fit(train_x, train_y)
    train = hidden_layer(model, train_x)
    embeddings = hidden_layer(model, test_x).astype(np.float32)
    centers = np.stack([train[train_y == digit].mean(axis=0) for digit in range(10)])
    weights = LogisticRegression(fit_intercept=False, max_iter=1000).fit(train, train_y).coef_
    cosines = unit_rows(embeddings.astype(np.float64)) @ unit_rows(weights).T
    save_arrays("faces", embeddings=embeddings, labels=labels, centers=centers)
    save_arrays("faces", class_weights_matrix=weights, cosines=cosines)
    pairs = save_face_pairs(embeddings, labels)
    right = np.mean(cosines.argmax(axis=1) == labels)
    return f"{len(labels)} rows, {right:.1%} nearest to the right class by cosine, {pairs}"


# ---------------------------------------------------------------- ctc


def draw_string(rng: np.random.Generator) -> Array:
    """Draw 2 to 5 digits; each digit repeats the one before it more often than by chance."""
    digits = rng.integers(0, 10, rng.integers(2, CTC_MAX_DIGITS + 1))
    for i in range(1, len(digits)):
        if rng.random() < 0.1:
            digits[i] = digits[i - 1]
    return digits


def draw_strings(images: Array, labels: Array, count: int, seed: int) -> tuple[Array, list[Array]]:
    """Put random digit images side by side: images (count, 8, T) and the digits of each string."""
    rng = np.random.default_rng(seed)
    strings = [draw_string(rng) for _ in range(count)]
    lines = np.zeros((count, SIDE, SIDE * CTC_MAX_DIGITS))
    for line, digits in zip(lines, strings, strict=True):
        chosen = [images[rng.choice(np.flatnonzero(labels == digit))] for digit in digits]
        line[:, : SIDE * len(digits)] = np.concatenate(chosen, axis=1)
    return lines, strings


def column_windows(lines: Array) -> Array:
    """Return, for each column of (n, 8, T), the columns around it: (n, T, values)."""
    padded = np.pad(lines, ((0, 0), (0, 0), (CTC_REACH, CTC_REACH)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * CTC_REACH + 1, axis=2)
    return windows.transpose(0, 2, 1, 3).reshape(len(lines), lines.shape[2], -1)


def frame_labels(strings: list[Array]) -> Array:
    """Label the middle columns of each digit with digit + 1 and all others with 0 (blank)."""
    frames = np.zeros((len(strings), CTC_MAX_DIGITS, SIDE), dtype=np.int64)
    for row, digits in zip(frames, strings, strict=True):
        row[: len(digits), CTC_DIGIT_COLUMNS] = digits[:, None] + 1
    return frames.reshape(len(strings), -1)


def fit_reader(images: Array, labels: Array) -> MLPClassifier:
    """Fit the network that names the digit (or blank) at a column."""
    lines, strings = draw_strings(images, labels, CTC_TRAIN_STRINGS, seed=7)
    windows = column_windows(lines)
    model = MLPClassifier((64,), activation="tanh", alpha=0.01, max_iter=15, batch_size=64, random_state=7)
    return model.fit(windows.reshape(-1, windows.shape[-1]), frame_labels(strings).ravel())


def greedy_decode(logits: Array) -> list[int]:
    """Take the best class of each frame, merge repeats, drop blanks."""
    best = logits.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    return [int(label) for label in best[starts] if label != 0]


def make_ctc() -> str:
    """Sequences: strings of digits read column by column."""
    source = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        source.images / INK, source.target, test_size=400, stratify=source.target, random_state=7
    )
    model = fit_reader(train_x, train_y)
    lines, strings = draw_strings(test_x, test_y, CTC_STRINGS, seed=8)
    logits = output_logits(model, column_windows(lines)).astype(np.float32)
    targets = [digits.astype(np.int64) + 1 for digits in strings]
    label_lengths = np.array([len(target) for target in targets], dtype=np.int64)
    save_ctc(logits, targets, label_lengths)
    right = [
        greedy_decode(row[: SIDE * len(target)]) == target.tolist() for row, target in zip(logits, targets, strict=True)
    ]
    repeats = sum(bool(np.any(np.diff(target) == 0)) for target in targets)
    return f"{len(targets)} strings, {repeats} with a repeat, {np.mean(right):.0%} read right"


def save_ctc(logits: Array, targets: list[Array], label_lengths: Array) -> None:
    """Write the files of the ctc folder."""
    input_lengths = SIDE * label_lengths
    labels = np.zeros((len(targets), label_lengths.max()), dtype=np.int64)
    for row, target in zip(labels, targets, strict=True):
        row[: len(target)] = target
    save_arrays("ctc", logits=logits, log_probs=log_softmax(logits), logits_time_major=logits.transpose(1, 0, 2))
    save_arrays("ctc", labels=labels, flat_labels=np.concatenate(targets))
    save_arrays("ctc", input_lengths=input_lengths, label_lengths=label_lengths)
    columns = {"labels": targets, "input_length": input_lengths, "label_length": label_lengths}
    save_parquet("ctc/ctc.parquet", columns)


# ---------------------------------------------------------------- sentences


def character_model(text: str, order: int, alphabet: int) -> Callable[[str], float]:
    """Return the log-probability of a text under an n-gram model of characters, mixed with its shorter ones."""
    counts: dict[str, dict[str, int]] = {}
    for size in range(order):
        for at in range(size, len(text)):
            following = counts.setdefault(text[at - size : at], {})
            following[text[at]] = following.get(text[at], 0) + 1

    def of_character(context: str, character: str) -> float:
        shorter = of_character(context[1:], character) if context else 1.0 / alphabet
        following = counts.get(context, {})
        return (following.get(character, 0) + 2.0 * shorter) / (sum(following.values()) + 2.0)

    def of_text(line: str) -> float:
        reach = order - 1
        return sum(np.log(of_character(line[max(0, at - reach) : at], line[at])) for at in range(len(line)))

    return of_text


def make_sentences() -> str:
    """Log-probabilities of the lines of one text under two models of two other texts, as they stand and shuffled."""
    train = load_breast_cancer().DESCR + load_diabetes().DESCR
    lines = [line.strip() for line in load_digits().DESCR.splitlines() if len(line.split()) > 5]
    alphabet = len(set(train + load_digits().DESCR))
    policy, reference = (character_model(train, order, alphabet) for order in (SENTENCE_ORDER, 1))
    rng = np.random.default_rng(0)
    shuffled = [" ".join(rng.permutation(line.split())) for line in lines]
    columns = {
        "id": np.arange(len(lines)),
        "sum_logprob": np.array([policy(line) for line in lines]),
        "characters": np.array([len(line) for line in lines]),
        "words": np.array([len(line.split()) for line in lines]),
        "bytes": np.array([len(line.encode()) for line in lines]),
    }
    columns |= {
        f"{name}_{which}": np.array([model(line) for line in texts])
        for name, model in (("policy", policy), ("reference", reference))
        for which, texts in (("chosen", lines), ("rejected", shuffled))
    }
    (HERE / "sentences").mkdir(exist_ok=True)
    save_text("sentences/sentences.csv", columns)
    return f"{len(lines)} lines, {np.mean(columns['policy_chosen'] > columns['policy_rejected']):.1%} preferred"


# ---------------------------------------------------------------- forecasts


def make_forecasts() -> str:
    """The later half of the diabetes rows as forecasts, whose spread is that of the residuals of the earlier half."""
    pred, label = (np.load(HERE / "diabetes" / f"{name}.npy") for name in ("pred", "label"))
    half = len(pred) // 2
    residuals, mean = (label - pred)[:half], pred[half:]
    rng = np.random.default_rng(10)
    columns = {"id": np.arange(half, len(pred)), "y": label[half:], "mean": mean}
    columns["sigma"] = np.full(len(mean), residuals.std())
    changes = np.diff(label[:half])  # the errors of the naive forecast, which repeats the row before
    columns["naive_mae"] = np.full(len(mean), np.abs(changes).mean())
    columns["naive_rmse"] = np.full(len(mean), np.sqrt(np.square(changes).mean()))
    columns |= {f"q{q:g}": mean + np.quantile(residuals, q) for q in FORECAST_QUANTILES}
    columns |= {f"member_{i}": mean + rng.choice(residuals, size=len(mean)) for i in range(8)}
    (HERE / "forecasts").mkdir(exist_ok=True)
    save_text("forecasts/forecasts.csv", {name: np.round(column, 3) for name, column in columns.items()})
    inside = (columns["q0.05"] <= columns["y"]) & (columns["y"] <= columns["q0.95"])
    return f"{len(mean)} rows, {inside.mean():.1%} within the interval of 90 %"


# ---------------------------------------------------------------- all


MAKERS: dict[str, Callable[[], str]] = {
    "cancer": make_cancer,
    "digits": make_digits,
    "diabetes": make_diabetes,
    "joined": make_joined,
    "masks": make_masks,
    "boxes": make_boxes,
    "faces": make_faces,
    "ctc": make_ctc,
    "sentences": make_sentences,
    "forecasts": make_forecasts,
}


def main() -> None:
    """Make all folders on one thread, so that sums are taken in the same order each time."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # the networks stop early on purpose
    with threadpool_limits(limits=1):
        for folder, maker in MAKERS.items():
            print(f"{folder}: {maker()}")


if __name__ == "__main__":
    main()
