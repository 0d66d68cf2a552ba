"""Tables: selection of features, notes on assumptions, and errors."""

from __future__ import annotations

import datetime
import decimal
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isthmus.errors import DataError, UsageError
from isthmus.sources import read_source, table_numbers


def csv(folder, content, name="t.csv", **options):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_source(path, **options)


def parquet(folder, columns, **options):
    path = folder / "t.parquet"
    pq.write_table(pa.table(columns), path)
    return read_source(path, **options)


def numbers(data):
    return table_numbers(Path("X"), data.X).tolist()


def types(data):
    return [str(kind) for kind in data.X.schema.types]


def test_all_columns_keep_their_types(tmp_path):
    data = csv(
        tmp_path,
        "age,name,height,member,born\n1,ann,1.5,true,2020-01-01\n2,bob,1.75,false,2021-01-01\n",
    )
    assert (data.name, data.kind) == ("t", "table")
    assert data.feature_names == ("age", "name", "height", "member", "born")
    assert types(data) == ["int64", "string", "double", "bool", "date32[day]"]
    assert data.X.to_pylist()[0]["name"] == "ann"
    assert data.notes == ()


def test_named_columns_come_in_the_order_asked_for(tmp_path):
    data = csv(tmp_path, "a,b,c\n1,2,x\n4,5,y\n", columns=["b", "a"])
    assert (data.feature_names, numbers(data), data.notes) == (("b", "a"), [[2, 1], [5, 4]], ())


def test_a_label_is_no_feature(tmp_path):
    data = csv(tmp_path, "a,b,c\n1,2,x\n4,5,\n", label="c")
    assert (data.feature_names, data.label_name) == (("a", "b"), "c")
    assert data.y.tolist() == ["x", ""]
    assert csv(tmp_path, "a,b\n1,2\n4,5\n", label="b").y.tolist() == [2, 5]
    assert csv(tmp_path, "a,b\n1,2\n4,\n", label="b").y.tolist() == ["2", ""]


@pytest.mark.parametrize("wrong", ["12 kg", "n/k"])
def test_a_column_of_mostly_numbers_is_text_and_a_note_says_so(tmp_path, wrong):
    rows = "".join(f"1,{k}\n" for k in range(97)) + f"1,{wrong}\n" * 3
    data = csv(tmp_path, "a,b\n" + rows)
    assert types(data) == ["int64", "string"]
    assert wrong in data.notes[0] and "98" in data.notes[0]


def test_whole_numbers_beyond_64_bits_are_read(tmp_path):
    data = csv(tmp_path, "a,b\n1,99999999999999999999999\n2,5\n")
    assert numbers(data) == [[1, 1e23], [2, 5]]


def test_missing_cells_are_null(tmp_path):
    data = csv(tmp_path, "a,b,c\n1,,2\n2,NA,2\n3,nan,2\n4,4,2\n")
    assert data.X.column("b").to_pylist() == [None, None, None, 4]


def test_values_of_the_user_stand_for_missing_cells(tmp_path):
    data = csv(tmp_path, "a,b\n-999,x\n2,none\n3,-999\n", missing=["-999", "none"])
    assert data.X.to_pydict() == {"a": [None, 2, 3], "b": ["x", None, None]}


def test_an_empty_column_is_read_as_one(tmp_path):
    assert csv(tmp_path, "a,b\n1,\n2,\n").X.column("b").null_count == 2


def test_columns_are_chosen_and_left_out_by_patterns(tmp_path):
    text = "temp_1,temp_2,load,part\n1,2,3,x\n4,5,6,y\n"
    assert csv(tmp_path, text, columns=["load", "temp_*"]).feature_names == (
        "load", "temp_1", "temp_2",
    )  # fmt: skip
    assert csv(tmp_path, text, exclude=["temp_*"]).feature_names == ("load", "part")
    with pytest.raises(DataError, match=r"no column that matches `tmp\*`. It has `temp_1`"):
        csv(tmp_path, text, exclude=["tmp*"])


def test_ids_are_read_beside_the_named_columns(tmp_path):
    data = csv(tmp_path, "a,b,part\n1,2,x\n4,5,y\n", columns=["b"], id=["part"])
    assert data.X.column_names == ["b", "part"]
    assert data.planning["ids"] == ("part",)


def test_unknown_columns_suggest_the_near_name(tmp_path):
    with pytest.raises(DataError, match=r"t.csv` has no column `hight`. Did you mean `height`\?"):
        csv(tmp_path, "height,b\n1,2\n", columns=["hight"])
    with pytest.raises(DataError, match=r"no column `HEIGHT`. Did you mean `height`\?"):
        csv(tmp_path, "height,b\n1,2\n", label="HEIGHT")
    with pytest.raises(DataError, match=r"no columns `x`, `y`. It has `height`, `b`\."):
        csv(tmp_path, "height,b\n1,2\n", columns=["x", "y"])


@pytest.mark.parametrize("options", [{"columns": []}, {"columns": ["a", "a"]}])
def test_columns_are_named_once(tmp_path, options):
    with pytest.raises(UsageError, match=r"`columns` must name at least one column, each once"):
        csv(tmp_path, "a,b\n1,2\n", **options)


def test_a_label_among_the_columns_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"`label` must not be in `columns`"):
        csv(tmp_path, "a,b\n1,2\n", columns=["a", "b"], label="b")


def test_two_columns_of_one_name_are_numbered(tmp_path):
    data = csv(tmp_path, "a,b,a\n1,2,3\n")
    assert data.feature_names == ("a", "b", "a_2")
    assert data.notes == ("Renamed 1 column whose name occurs before: `a_2`.",)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", b"\xff\xfe", b"\xff\xfe\0\0"])
def test_an_empty_file_is_an_error(tmp_path, content):
    with pytest.raises(DataError, match=r"t.csv` is empty"):
        csv(tmp_path, content)


def test_a_header_alone_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"t.csv` has column names but no rows"):
        csv(tmp_path, "a,b\n")


@pytest.mark.parametrize(("row", "got"), [("3", 1), ("3,4,5", 3)])
def test_a_row_of_another_length_is_named_by_its_line(tmp_path, row, got):
    message = rf"the same number of cells in every line as in the first, 2. Got {got} in line 3"
    with pytest.raises(DataError, match=message):
        csv(tmp_path, f"a,b\n1,2\n{row}\n5,6\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path, delimiter):
    data = csv(tmp_path, "a,b\n1,2\n3,4\n".replace(",", delimiter))
    assert (data.feature_names, numbers(data)) == (("a", "b"), [[1, 2], [3, 4]])


def test_decimal_commas_are_read_with_a_note(tmp_path):
    data = csv(tmp_path, "a;b\n1;1,5\n2;-2,25\n")
    assert numbers(data) == [[1, 1.5], [2, -2.25]]
    assert data.notes == ("Commas were read as decimal points.",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
def test_names_come_in_the_encodings_that_people_save(tmp_path, encoding):
    data = csv(tmp_path, "年龄,身高\n1,2\n3,4\n".encode(encoding))
    assert data.feature_names == ("年龄", "身高")
    assert numbers(data) == [[1, 2], [3, 4]]
    assert bool(data.notes) == (encoding == "gbk")


def test_other_bytes_far_below_are_read_in_their_encoding(tmp_path):
    head = "a,b\n" + "1,x\n" * 500_000
    data = csv(tmp_path, head.encode() + "2,é\n".encode("latin-1"), label="b")
    assert (data.X.shape, data.y[-1]) == ((500_001, 1), "é")
    assert data.notes == ("The file is not UTF-8 and was read as Windows-1252.",)


def test_a_few_bytes_that_are_not_of_the_encoding_are_replaced(tmp_path):
    head = "a,b\n1,ü\n" + "1,x\n" * 500_000
    data = csv(tmp_path, head.encode() + "2,é\n".encode("latin-1"), label="b")
    assert data.y[[0, -1]].tolist() == ["ü", "\ufffd"]
    assert data.notes == ("Some bytes are not UTF-8 and were replaced.",)


@pytest.mark.parametrize(
    ("rows", "last", "note"),
    [
        (b"1,x", "caf\u00e9", "The file is not UTF-8 and was read as Windows-1252."),
        (b"1,\xc3\xa9", "caf\ufffd", "Some bytes are not UTF-8 and were replaced."),
    ],
)
def test_a_file_may_end_inside_a_character(tmp_path, rows, last, note):
    data = csv(tmp_path, b"a,b\n" + rows + b"\n2,caf\xe9", label="b")
    assert (data.y[-1], data.notes) == (last, (note,))


def test_a_short_last_line_that_ends_inside_a_character_is_noted(tmp_path, capfd):
    rows = "".join(f"{'é中'[k % 2]}{k},{k},{k}\n" for k in range(60)).encode()
    data = csv(tmp_path, b"a,b,c\n" + rows[: rows.rindex("中".encode()) + 1])
    assert data.X.num_rows == 59
    assert data.notes[0] == "Some bytes are not UTF-8 and were replaced."
    assert "line below the table" in data.notes[1]
    assert capfd.readouterr().err == ""


def test_bytes_of_another_encoding_cannot_be_read_in_chunks(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a,b\n1,2\n3,caf\xe9")
    with pytest.raises(DataError, match=r"t.csv` must be UTF-8 to be read in chunks"):
        read_source(tmp_path / "t.csv", stream=True)


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"a,b\n\0\0\n"])
def test_a_file_that_is_no_text_is_an_error(tmp_path, content):
    with pytest.raises(DataError, match=r"t.csv` is not a text file"):
        csv(tmp_path, content)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_line_ending_will_do(tmp_path, ends):
    data = csv(tmp_path, "a,b\n1,2\n3,4\n".replace("\n", ends))
    assert numbers(data) == [[1, 2], [3, 4]]


def test_quoted_cells_may_have_separators_and_new_lines(tmp_path):
    data = csv(tmp_path, 'a,"b, c",t\n1,2,"x\ny"\n3,4,"z, ""w"""\n', label="t")
    assert data.feature_names == ("a", "b, c")
    assert data.y.tolist() == ["x\ny", 'z, "w"']


def test_quoted_new_lines_may_stand_anywhere_in_a_large_file(tmp_path):
    cell = "line\n" * 40
    rows = "".join(f'{k},"{cell}"\n' for k in range(30_000))
    data = csv(tmp_path, f"a,t\n{rows}")
    np.testing.assert_array_equal(data.X.column("a"), np.arange(30_000))


def test_a_gzipped_table_is_read(tmp_path):
    data = csv(tmp_path, gzip.compress(b"a,b\n1,2\n"), name="my.table.csv.gz")
    assert (data.name, numbers(data)) == ("my.table", [[1, 2]])


def test_a_truncated_gzip_table_is_an_error(tmp_path):
    rows = "".join(f"{k},{k * 7919 % 1009}\n" for k in range(100_000))
    packed = gzip.compress(f"a,b\n{rows}".encode())
    for size in (100, len(packed) - 1000):
        with pytest.raises(DataError, match=r"t.csv.gz` (is truncated|cannot be read as CSV)"):
            csv(tmp_path, packed[:size], name="t.csv.gz")


def test_a_first_line_of_numbers_is_a_row(tmp_path):
    data = csv(tmp_path, "1,2.5\n3,4\n")
    assert (data.feature_names, numbers(data)) == (("column_1", "column_2"), [[1, 2.5], [3, 4]])
    assert data.notes == (
        "The first line contains values; columns are named `column_1`, `column_2`.",
    )


def test_a_first_line_whose_label_comes_again_is_a_row(tmp_path):
    data = csv(tmp_path, "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n", label="column_3")
    assert data.X.shape == (3, 2)
    assert data.y.tolist() == ["setosa", "setosa", "virginica"]


@pytest.mark.parametrize("header", ["0,1,2", "site,2019,2020"])
def test_numbers_can_be_names_and_a_note_says_so(tmp_path, header):
    data = csv(tmp_path, f"{header}\n7,8,9\n6,5,4\n")
    assert data.feature_names == tuple(header.split(","))
    assert len(data.X) == 2
    assert "The first line was read as column names" in data.notes[0]


def test_parquet_types_are_read_as_numbers(tmp_path):
    data = parquet(
        tmp_path,
        {
            "i": pa.array([1, 2], pa.int16()),
            "b": [True, False],
            "d": [decimal.Decimal("1.50"), decimal.Decimal("2.25")],
            "c": pa.array([3, 4]).dictionary_encode(),
            "s": ["x", "y"],
            "t": [datetime.datetime(2020, 1, 1)] * 2,
            "l": [[1], [2]],
        },
        label="s",
    )
    assert data.feature_names == ("i", "b", "d", "c", "t", "l_1")
    data = replace(data, X=data.X.drop_columns("t"))
    assert numbers(data) == [[1, 1, 1.5, 3, 1], [2, 0, 2.25, 4, 2]]
    assert data.y.tolist() == ["x", "y"]
    assert len(data.notes) == 1  # on the list


@pytest.mark.parametrize(
    ("types", "dtype"),
    [
        (["uint8", "bool"], "u1"),
        (["float32", "float32"], "f4"),
        (["float16", "uint8"], "f4"),
        (["float32", "float64"], "f8"),
        (["int64", "int32"], "f8"),
    ],
)
def test_columns_are_combined_without_loss(tmp_path, types, dtype):
    columns = {f"c{k}": np.array([0, 1]).astype(name) for k, name in enumerate(types)}
    data = parquet(tmp_path, columns)
    assert table_numbers(Path("X"), data.X).dtype == np.dtype(dtype)
    assert numbers(data) == [[0, 0], [1, 1]]


def test_parquet_without_rows_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"t.parquet` has column names but no rows"):
        parquet(tmp_path, {"a": pa.array([], pa.int64())})


@pytest.mark.parametrize("content", [b"", b"hello", b"PAR1" + bytes(50) + b"PAR1"])
def test_a_file_that_is_no_parquet_is_an_error(tmp_path, content):
    with pytest.raises(DataError, match=r"t.parquet` cannot be read as Parquet"):
        csv(tmp_path, content, name="t.parquet")


def test_thousands_of_columns_are_read(tmp_path):
    names = ",".join(f"c{k}" for k in range(3000))
    data = csv(tmp_path, f"{names}\n" + (",".join(["0.5"] * 3000) + "\n") * 5)
    assert data.X.shape == (5, 3000)
