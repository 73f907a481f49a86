"""`s3://` against a real server on the loopback; `file://`; and what is said of a store that is out of reach."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, fs, parquet

from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.remote import remote_file
from losscli.sources.remote.object_store import local_path
from losscli.sources.table import Pick

needs_s3 = pytest.mark.skipif(not hasattr(fs, "S3FileSystem"), reason="this pyarrow reads no s3://")
ROWS = 20_003
VALUE = ("--format", "value", "-q")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server with data in it."""
    moto = pytest.importorskip("moto.server", reason="pip install 'losscli[s3-test]'")
    started = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    store = fs.S3FileSystem(
        access_key="key", secret_key="secret", region="us-east-1", endpoint_override=f"{host}:{port}", scheme="http",
        allow_bucket_creation=True,
    )  # fmt: skip
    store.create_dir("data")
    for name, content in files().items():
        with store.open_output_stream(f"data/{name}", compression=None) as out:
            out.write(content)
    yield f"{host}:{port}"
    started.stop()


def files() -> dict[str, bytes]:
    dice = np.random.default_rng(0)
    arrays = {"pred": dice.normal(size=ROWS), "label": dice.normal(size=ROWS)}
    table = pa.table(arrays)
    found: dict[str, bytes] = {}

    def add(name: str, write: Any, *arguments: Any, **settings: Any) -> None:
        held = pa.BufferOutputStream()
        write(*arguments, held, **settings)
        found[name] = held.getvalue().to_pybytes()

    for column, values in arrays.items():
        held = io.BytesIO()
        np.save(held, values)
        found[f"{column}.npy"] = held.getvalue()
    held = io.BytesIO()
    np.save(held, np.asfortranarray(np.column_stack([arrays["pred"], arrays["label"]])))
    found["both.npy"] = held.getvalue()
    add("a.csv", csv.write_csv, table)
    found["a.csv.gz"] = pa.Codec("gzip").compress(found["a.csv"], asbytes=True)
    add("a.parquet", parquet.write_table, table, row_group_size=3000)
    add("a.feather", feather.write_feather, table)
    for number, (start, stop) in enumerate(((0, 1), (1, 15_000), (15_000, ROWS))):
        add(f"parts/k={number}/a.parquet", parquet.write_table, table.slice(start, stop - start))
    found |= {
        "parts/_SUCCESS": b"",
        "parts/.hidden": b"x",
        "cut.parquet": found["a.parquet"][:-9],
        "a.npz": b"PK\x03\x04",
    }
    held = io.BytesIO()
    with pa.ipc.new_stream(held, table.schema) as writer:
        writer.write_table(table, max_chunksize=500)
    found["a.arrow"] = held.getvalue()
    return found


@pytest.fixture
def uri(server: str) -> Any:
    return lambda key, bucket="data": f"s3://{bucket}/{key}?endpoint_override={server}&scheme=http"


NAMES = [
    "a.csv",
    "a.csv.gz",
    "a.parquet",
    "a.feather",
    "a.arrow",
    "parts",
    "parts/",
    "parts/**/*.parquet",
    "parts/k=?/*",
]


@needs_s3
def test_the_same_bytes_from_afar(cli: Any, uri: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pred.npy", "label.npy"):
        (tmp_path / name).write_bytes(files()[name])
    expected = cli("compute", "mse", tmp_path / "pred.npy", tmp_path / "label.npy", *VALUE)
    assert expected.code == 0
    for name in NAMES:
        assert tuple(cli("compute", "mse", uri(name), *VALUE)) == tuple(expected), name
    monkeypatch.setattr(remote_file, "_PIECE", 1 << 12)
    assert cli("compute", "mse", uri("pred.npy"), uri("label.npy"), *VALUE) == expected
    assert cli("compute", "mse", uri("pred.npy"), tmp_path / "label.npy", *VALUE) == expected
    assert cli("compute", "mse", uri("a.arrow"), *VALUE) == expected


@needs_s3
@pytest.mark.parametrize("kept", [1, 16])
def test_fortran_order_from_afar(uri: Any, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "_KEPT", kept)
    table = open_table(uri("both.npy"), ReadOptions())
    blocks = [np.array(load().arrays["x"]) for load in table.blocks({"x": Pick()}, 7000)]
    table.close()
    np.testing.assert_array_equal(np.concatenate(blocks)[:, 0], np.load(io.BytesIO(files()["pred.npy"])))


@needs_s3
def test_the_endpoint_by_variable(cli: Any, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{server}/")
    ran = cli("compute", "mse", "s3://data/a.parquet::pred", "s3://data/a.csv::label", "--json")
    assert ran.code == 0
    assert '"path": "s3://data/a.parquet"' in ran.out
    assert '"sha256": null' in ran.out


@needs_s3
def test_passwords_are_not_shown(cli: Any, uri: Any) -> None:
    secret = uri("a.parquet").replace("s3://", "s3://me:hush@")
    ran = cli("compute", "mse", secret, "--json", "-v")
    assert ran.code == 0
    assert "hush" not in ran.out + ran.err
    ran = cli("compute", "mse", secret.replace("a.parquet", "none.parquet"))
    assert ran.code == 3
    assert "hush" not in ran.err


@needs_s3
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("none.csv", "There is no s3://data/none.csv. Is the name right, and the region or endpoint?"),
        ("none/*.csv", "There is no s3://data/none/*.csv. Is the name right, and the region or endpoint?"),
        ("cut.parquet", "s3://data/cut.parquet cannot be read as Parquet"),
    ],
)
def test_what_is_not_there(cli: Any, uri: Any, key: str, said: str) -> None:
    code, out, err = cli("compute", "mse", uri(key))
    assert (code, out) == (3, "")
    assert err.startswith(f"losscli: {said}")


@needs_s3
def test_other_refusals(uri: Any) -> None:
    for bucket in ("nosuchbucket", "no-such"):
        with pytest.raises(DataProblem, match=f"There is no bucket for s3://{bucket}/a.csv"):
            open_table(uri("a.csv", bucket), ReadOptions())
    with pytest.raises(UsageProblem, match="an NPZ archive is not read from afar"):
        open_table(uri("a.npz"), ReadOptions())


@needs_s3
def test_out_of_reach(cli: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    code, out, err = cli("compute", "mse", f"s3://data/a.csv?endpoint_override=127.0.0.1:{port}&scheme=http&region=x")
    assert (code, out) == (3, "")
    assert err == "losscli: s3://data/a.csv cannot be reached. Is there a network, and is the endpoint right?\n"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("ftp://a/b.csv", "ftp:// is not read. Known are s3://, gs:// and file://."),
        ("https://a/b.csv", "https:// is not read."),
        ("s3:///a.csv", "s3:///a.csv names no bucket. Write s3://BUCKET/KEY."),
        ("s3://u:hush@/a.csv", "s3:///a.csv names no bucket."),
        ("s3://b/a.csv?speed=9", "s3://b/a.csv has the unknown setting speed."),
        ("s3://b/a.csv?anonymous=maybe", "anonymous is true or false"),
        ("s3://[b/a.csv", "is not a URI"),
        ("file://elsewhere/a.csv", "names another machine. A local file is file:///folder/file."),
        ("file:///no/such/file.csv", "There is no file"),
    ],
)
def test_malformed(cli: Any, uri: str, said: str) -> None:
    code, out, err = cli("compute", "mse", uri)
    assert (code, out) == (2, "")
    assert said in err
    assert "hush" not in err


def test_local_files(tmp_path: Path) -> None:
    (tmp_path / "a b*.csv").write_text("x\n1\n")
    uri = (tmp_path / "a b*.csv").as_uri()
    assert "%20" in uri
    assert local_path(uri) == str(tmp_path / "a b*.csv")
    table = open_table(uri, ReadOptions())
    assert (table.path, table.columns) == (str(tmp_path / "a b*.csv"), ("x",))
    assert open_table(tmp_path.as_uri(), ReadOptions()).columns == ("x",)
    assert local_path("s3://a/b") is None
