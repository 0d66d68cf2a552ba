"""Text tables that are turned once into Arrow in a temporary folder."""

from __future__ import annotations

import gc
import gzip
import tempfile

import pyarrow as pa
import pytest

from isthmus._chunks import ChunkedTable
from isthmus.errors import DataError
from isthmus.preprocessing import plan_columns
from isthmus.sources import follow_reading, read_source
from isthmus.sources.tables import _csv_text

N = 3000


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(_csv_text, "_BLOCK_BYTES", 1 << 13)
    monkeypatch.setattr(_csv_text, "_QUOTED_BLOCK_BYTES", 1 << 13)


def lines(**changes):
    own = [
        f"{k},{k / 7:.4f},{'Ulm' if k % 3 else 'Bonn'},2024-01-{k % 28 + 1:02}" for k in range(N)
    ]
    for number, line in changes.items():
        own[int(number[1:])] = line
    return "\n".join(["count,size,city,day", *own]) + "\n"


def streamed(path, text, **options):
    path.write_text(text)
    return read_source(path, stream=True, **options)


def test_a_csv_file_in_chunks_equals_the_table(tmp_path):
    found = streamed(tmp_path / "a.csv", lines())
    assert isinstance(found.X, ChunkedTable) and found.X.n_chunks > 2
    whole = pa.concat_tables(found.X.chunks())
    kept = read_source(tmp_path / "a.csv").X
    assert whole.schema == found.X.schema == kept.schema
    assert whole.schema.types == [pa.int64(), pa.float64(), pa.string(), pa.date32()]
    assert whole.to_pylist() == kept.to_pylist()


def test_columns_are_whole_numbers_if_all_blocks_of_them_are(tmp_path):
    n = range(N)
    columns = {
        "late": ["" if k < N // 2 else k for k in n],
        "holes": [k if k % 3 else "" for k in n],
        "half": [k if k < N - 1 else 0.5 for k in n],
        "long": [2**60 + k for k in n],
        "none": ["" for _ in n],
    }
    rows = [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    found = streamed(tmp_path / "a.csv", "\n".join([",".join(columns), *rows, ""]))
    kept = read_source(tmp_path / "a.csv").X
    assert found.X.n_chunks > 2
    assert [*found.X.schema.types] == [*[pa.int64()] * 2, pa.float64(), pa.int64(), pa.float64()]
    assert found.X.schema.types[:4] == kept.schema.types[:4]
    few = ["holes", "late"]
    for part, names in (
        (found.X, kept.column_names),
        (found.X.select(few), few),
        (found.X.select(kept.column_names).select(few), few),
    ):
        assert part.between(0, N).to_pylist() == kept.select(names).to_pylist()
        places, sample = part.sample(50)
        assert sample.schema == part.schema == part.chunk(1).schema == part.split(0.5, 0)[0].schema
        assert sample.to_pylist() == kept.select(names).take(places).to_pylist()
    assert found.X.column("late").type == pa.int64()
    assert found.X.fingerprint == read_source(tmp_path / "a.csv", stream=True).X.fingerprint


def test_ids_are_left_out_of_a_table_in_chunks(tmp_path):
    found = streamed(tmp_path / "a.csv", lines())
    plan = plan_columns(found.X.sample()[1])
    assert [(column.name, column.kind) for column in plan][:2] == [
        ("count", "id"),
        ("size", "numeric"),
    ]


def test_the_temporary_folder_is_deleted_with_the_last_rows_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = streamed(tmp_path / "a.csv", lines())
    few = found.X.select(["city"])
    del found
    gc.collect()
    assert few.between(0, 2).num_rows == 2
    assert len(list(tmp_path.iterdir())) == 2
    del few
    gc.collect()
    assert [*tmp_path.iterdir()] == [tmp_path / "a.csv"]


def test_a_line_with_too_many_cells_is_named_or_skipped(tmp_path):
    text = lines(_2000="1,2,3,4,5")
    with pytest.raises(DataError, match=r"Got 5 in line 2002: correct it, or skip such lines"):
        streamed(tmp_path / "a.csv", text)
    found = streamed(tmp_path / "a.csv", text, skip_bad=True)
    assert len(found.X) == N - 1


def test_a_cell_of_another_type_than_the_first_rows_is_named(tmp_path):
    text = lines(_2000="1,many,Ulm,2024-01-01")
    with pytest.raises(DataError, match=r"Column `size` has double in .*'many' in line 2002"):
        streamed(tmp_path / "a.csv", text)


def test_words_of_later_rows_that_look_like_numbers_are_kept(tmp_path):
    first = "\n".join(f"{k},{'AB'[k % 2]}{k % 5}" for k in range(N))
    later = "\n".join(f"{k},00{k % 5}" for k in range(N)) + "\n1,1.50\n1,NA\n1,2024-01-05 \n"
    found = streamed(tmp_path / "a.csv", f"count,code\n{first}\n{later}")
    assert found.X.n_chunks > 2
    whole = pa.concat_tables(found.X.chunks())
    assert whole["code"].to_pylist()[-4:] == ["004", "1.50", None, "2024-01-05"]
    assert whole.to_pylist() == read_source(tmp_path / "a.csv").X.to_pylist()


@pytest.mark.parametrize(
    ("first", "later", "kind"),
    [("2024-01-05", "20240105", "date32"), ("true", "2", "bool"), ("0.5", "true", "double")],
)
def test_values_of_another_type_are_refused_though_arrow_converts_them(
    tmp_path, first, later, kind
):
    (tmp_path / "a.csv").write_text("count,it\n" + f"1,{first}\n" * 9)
    (tmp_path / "b.csv").write_text(f"count,it\n1,\n2,{later}\n")
    with pytest.raises(DataError, match=rf"Column `it` has {kind}\S* in .*, and '.*' in line 3"):
        read_source(tmp_path, stream=True)


@pytest.mark.parametrize("n_rows_below", [20, N])  # N are more than a block
def test_an_open_quote_is_named_also_where_wrong_lines_are_skipped(tmp_path, n_rows_below):
    rows = [f'{k},"a ""b"", c\nd"' for k in range(N)]
    rows += ['1,"open', *(f"{k},x" for k in range(n_rows_below))]
    says = rf"opens a quote \(\"\) in line {2 * N + 2} and never closes it"
    with pytest.raises(DataError, match=says):
        streamed(tmp_path / "a.csv", "\n".join(["count,it", *rows]), skip_bad=True)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("skip_bad", [False, True])
@pytest.mark.parametrize("n_rows_below", [1, 150, N])
@pytest.mark.parametrize(
    ("top", "line"), [('a,"b,c,d', 1), ('# from x\n\na,"b,c,d', 3), ('a,b,c,d\n1,"2,3,4', 2)]
)
def test_an_open_quote_at_the_top_is_named(tmp_path, top, line, n_rows_below, skip_bad, stream):
    text = "\n".join([top, *(f"{k},2,3,4" for k in range(n_rows_below)), ""])
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=rf"opens a quote \(\"\) in line {line} and never closes"):
        read_source(tmp_path / "a.csv", stream=stream, skip_bad=skip_bad)


@pytest.mark.parametrize("stream", [False, True])
def test_quotes_in_and_below_names_that_are_closed_are_read(tmp_path, stream):
    text = 'a,"b,\nc",5" d\n' + "".join(f'{k},2,"x"\n' for k in range(N))
    (tmp_path / "a.csv").write_text(text)
    found = read_source(tmp_path / "a.csv", stream=stream)
    assert found.X.column_names == ["a", "b,\nc", '5" d'] and len(found.X) == N


def test_whoever_follows_a_conversion_is_told_rows_and_share(tmp_path):
    seen = []
    follow_reading(lambda *progress: seen.append(progress))
    try:
        streamed(tmp_path / "a.csv", lines())
    finally:
        follow_reading(None)
    rows, shares = zip(*seen, strict=True)
    assert len(rows) > 3 and rows[-1] == N and list(rows) == sorted(rows)
    assert list(shares) == sorted(shares) and shares[-1] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("packed", [False, True])
def test_repeated_headers_and_empty_rows_are_dropped_as_from_the_table(tmp_path, packed):
    text = lines() + ",,,\n" + lines(_3=" , ,,")
    path = tmp_path / ("a.csv.gz" if packed else "a.csv")
    whole = gzip.compress(text[:50].encode()) + gzip.compress(text[50:].encode())
    path.write_bytes(whole if packed else text.encode())
    found, kept = read_source(path, stream=True), read_source(path)
    assert found.X.n_chunks > 2 and found.X.schema == kept.X.schema
    assert found.X.between(0, 2 * N).to_pylist() == kept.X.to_pylist()
    assert kept.notes == found.notes[:-1]
    assert found.notes[:2] == (
        "Dropped 2 empty rows.",
        "Dropped 1 row that repeats the column names.",
    )


def test_rows_that_are_dropped_count_for_the_line_of_a_wrong_cell(tmp_path):
    text = lines(_1=",,,") + lines(_0=",,,", _2000="1,many,Ulm,2024-01-01")
    with pytest.raises(DataError, match=rf"'many' in line {N + 1 + 2002}"):
        streamed(tmp_path / "a.csv", text)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("header", [",a", "a,a"])
def test_a_repeated_header_is_found_though_a_column_was_given_a_name(tmp_path, stream, header):
    rows = "".join(f"{k},{k / 7}\n" for k in range(N))
    (tmp_path / "a.csv").write_text(2 * f"{header}\n{rows}")
    found = read_source(tmp_path / "a.csv", stream=stream)
    assert found.X.schema.types == [pa.int64(), pa.float64()] and len(found.X) == 2 * N
