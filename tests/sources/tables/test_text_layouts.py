"""Layouts of text tables: what stands above, below and between the rows."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from isthmus.errors import DataError
from isthmus.sources.tables import read_arrow

NAMES = ["speed", "load", "pressure", "gap"]
ROWS = [[4.487, 101.833, 19279.404, 1.033], [5.996, 96.852, 22053.115, 0.994]] * 15
HEADER = ",".join(NAMES) + "\n"
BODY = "".join(",".join(map(str, row)) + "\n" for row in ROWS)


def read(folder, content, name="rows.csv", **options):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_arrow(path, **options)


def is_whole(file):
    """Whether all numbers were read."""
    return np.allclose([[*row.values()] for row in file.table.to_pylist()], ROWS)


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (HEADER + BODY, ()),
        (f"# exported by logger 4\n# unit: SI\n{HEADER}{BODY}", ()),
        (
            f"Export of line 3\nDate: 2024-03-01\n\n{HEADER}{BODY}",
            ("Skipped 2 lines above the table.",),
        ),
        (f"Export of line 3,,,\n{HEADER}{BODY}", ("Skipped 1 line above the table.",)),
        ("sep=;\n" + (HEADER + BODY).replace(",", ";"), ()),
        (
            f"{HEADER}m/s,kN,Pa,mm\n{BODY}",
            ("Skipped a line of units below the column names.",),
        ),
        (
            f"{HEADER}{BODY}Total,,,\n",
            ("Dropped the last row, which holds totals ('Total').",),
        ),
        (f"{HEADER}{BODY}\nSource: the logger\n", ("Skipped 1 line below the table.",)),
        (f"{HEADER}{BODY}{HEADER}", ("Dropped 1 row that repeats the column names.",)),
        (f"{HEADER}{BODY},,,\n,,,\n", ("Dropped 2 empty rows.",)),
        (f"{HEADER}{BODY}# the end\n", ()),
        (HEADER + BODY.replace("\n", ",\n"), ()),
        (HEADER.replace("\n", ",,\n") + BODY.replace("\n", ",,\n"), ()),
        ((HEADER + BODY).replace(",", ", "), ()),
        ("# " + HEADER.replace(",", " ") + BODY.replace(",", " "), ()),
        (HEADER.replace(",", "   ") + BODY.replace(",", "      "), ()),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_is_no_row_is_skipped(tmp_path, content, notes, ends):
    file = read(tmp_path, content.replace("\n", ends))
    assert file.table.column_names == NAMES
    assert is_whole(file)
    assert file.notes == notes


@pytest.mark.parametrize("name", ["rows.csv", "housing.data", "rows.txt"])
@pytest.mark.parametrize("separator", [" ", "     ", "\t"])
def test_columns_aligned_by_blanks_are_read(tmp_path, name, separator):
    lines = BODY.replace(",", separator).splitlines()
    file = read(tmp_path, "".join(f"    {line}  \n" for line in lines), name)
    assert is_whole(file)
    assert file.table.column_names == ["column_1", "column_2", "column_3", "column_4"]


def test_a_table_of_savetxt_is_read_with_its_header(tmp_path):
    np.savetxt(tmp_path / "rows.txt", ROWS, header=" ".join(NAMES))
    file = read_arrow(tmp_path / "rows.txt")
    assert (file.table.column_names, is_whole(file), file.notes) == (NAMES, True, ())


@pytest.mark.parametrize("separator", [",", " "])
def test_the_short_header_of_r_has_row_names_below(tmp_path, separator):
    header = separator.join(f'"{name}"' for name in NAMES)
    rows = [f'"{k}",{line}' for k, line in enumerate(BODY.splitlines(), 1)]
    content = "\n".join([header, *(row.replace(",", separator) for row in rows)]) + "\n"
    table = read(tmp_path, content).table
    assert table.column_names == ["unnamed_1", *NAMES]
    assert table.column("unnamed_1").to_pylist() == list(range(1, 31))


def test_words_in_quotes_may_have_blanks_where_blanks_separate(tmp_path):
    rows = "".join(f'"{k}" {k * 1.5} "New York"\n' for k in range(1, 9))
    table = read(tmp_path, f'"speed" "town"\n{rows}', "rows.txt").table
    assert table.column("town").to_pylist() == ["New York"] * 8
    assert table.column("speed").to_pylist() == [k * 1.5 for k in range(1, 9)]


def test_decimal_commas_and_points_between_thousands_are_read(tmp_path):
    def european(number):
        return f"{number:,.3f}".translate(str.maketrans(",.", ".,"))

    rows = "".join(";".join(map(european, row)) + "\n" for row in ROWS)
    for header in ("", HEADER.replace(",", ";")):
        file = read(tmp_path, header + rows)
        assert is_whole(file)
        assert "Commas were read as decimal points." in file.notes


def test_words_without_names_above_are_rows(tmp_path):
    rows = "".join(f"usual\tsee you at {k}\nodd\tpay bill {k}\n" for k in range(12))
    file = read(tmp_path, rows, "messages.tsv")
    assert file.table.num_rows == 24
    assert file.table.column("column_1").to_pylist()[:2] == ["usual", "odd"]
    assert file.notes == (
        "The first line was read as values, for its words occur again below; columns are named "
        "`column_1`, `column_2`. If it has the names, pass `--header`.",
    )


def test_a_name_that_is_also_a_value_of_its_column_is_a_name_above_numbers(tmp_path):
    rows = "".join(f"{('red', 'blue', 'colour')[k % 3]},{k * 0.5}\n" for k in range(12))
    file = read(tmp_path, f"colour,size\n{rows}")
    assert (file.table.column_names, file.table.num_rows) == (["colour", "size"], 12)
    assert file.notes == ()


def test_whether_there_is_a_header_can_be_told(tmp_path):
    names = read(tmp_path, "a,b\nc,d\ne,f\n", header=False).table
    assert names.column("column_1").to_pylist() == ["a", "c", "e"]
    numbers = read(tmp_path, "1,2\n3,4\n5,6\n", header=True)
    assert numbers.table.to_pydict() == {"1": [3, 5], "2": [4, 6]}


def test_a_label_among_measurements_is_no_name(tmp_path):
    rows = "".join(f"w{k} {k * 0.37 % 1:.3f} {k * 0.21 % 1:.3f} 0.{k % 7}1\n" for k in range(3, 30))
    assert read(tmp_path, rows).table.num_rows == 27


def test_a_first_name_without_a_word_is_that_of_a_row_index(tmp_path):
    table = read(tmp_path, ",0.64,0.64.1,0.32,0.2\n0,1.5,0.2,3.1,4\n1,1.5,0.3,3.1,4\n").table
    assert table.column_names == ["unnamed_1", "0.64", "0.64.1", "0.32", "0.2"]


def test_ascending_numbers_beside_a_word_are_names(tmp_path):
    table = read(tmp_path, "sample,400.5,401.0,401.5\na,1,2,3\nb,4,5,6\nc,7,8,9\n").table
    assert table.column_names == ["sample", "400.5", "401.0", "401.5"]


def test_a_column_called_by_a_number_sign_is_no_comment(tmp_path):
    assert read(tmp_path, "#,Name,HP\n1,a,45\n2,b,60\n3,c,80\n").table.column_names == [
        "#",
        "Name",
        "HP",
    ]


def test_lines_of_another_length_are_skipped_on_request_and_counted(tmp_path):
    content = "a,b\n1,2\n3\n4,5,6\n7,8\n"
    file = read(tmp_path, content, skip_bad=True)
    assert file.table.to_pydict() == {"a": [1, 7], "b": [2, 8]}
    assert file.notes == ("Skipped 2 lines with too few or too many cells, the first is line 3.",)
    with pytest.raises(DataError, match=r"Got 1 in line 3: correct it, or skip such lines with"):
        read(tmp_path, content)
    with pytest.raises(DataError, match=r"Got 1 in line 5: correct it"):
        read(tmp_path, f"# one\n# two\n{content}")


def test_a_line_of_counts_above_the_table_is_no_header(tmp_path):
    rows = "".join(f"{k}.5,{k * 2},{k % 7}.25,0.{k % 9},{k % 2}\n" for k in range(1, 30))
    file = read(tmp_path, f"29,malignant,benign\n{rows}")
    assert (file.table.num_rows, file.table.num_columns) == (29, 5)
    assert file.notes[0] == "Skipped 1 line above the table."


def test_many_wrong_lines_are_counted_and_the_first_is_named(tmp_path):
    content = "a,b\n" + "1,2\n" * 200 + "3\n" * 5000 + "4,5\n"
    file = read(tmp_path, content, skip_bad=True)
    assert file.table.num_rows == 201
    assert file.notes == (
        "Skipped 5,000 lines with too few or too many cells, the first is line 202.",
    )
    with pytest.raises(DataError, match=r"Got 1 in line 202: correct it"):
        read(tmp_path, content)


def test_wrong_lines_and_another_encoding_are_both_found(tmp_path):
    content = b"a,b\n" + b"1,x\n" * 100_000 + b"3\n" + "2,é\n".encode("latin-1")
    file = read(tmp_path, content, skip_bad=True)
    assert file.table.column("b").to_pylist()[-1] == "é"
    assert len(file.notes) == 2


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16-le", None),
        ("utf-16-be", None),
        ("utf-32", None),
        ("cp1252", "Windows-1252"),
        ("mac_roman", "Mac Roman"),
    ],
)
def test_words_come_in_the_encodings_that_people_save(tmp_path, encoding, note):
    rows = "".join(f"{k},{town}\n" for k, town in enumerate(["Orléans", "Nîmes", "Köln"] * 9))
    file = read(tmp_path, f"a,ville\n{rows}".encode(encoding))
    assert file.table.column("ville").to_pylist()[:3] == ["Orléans", "Nîmes", "Köln"]
    expected = (f"The file is not UTF-8 and was read as {note}.",) if note else ()
    assert file.notes == expected


def test_lines_of_utf_8_in_another_encoding_are_named(tmp_path):
    content = b"a,ville\n" + "1,Nîmes\n".encode("cp1252") * 3 + "2,Köln\n".encode() * 9
    file = read(tmp_path, content)
    assert file.notes == (
        "The file mixes encodings: it was read as Windows-1252, but line 5 is UTF-8, and so may be "
        "others; their letters are wrong. Save the whole file as UTF-8.",
    )


def test_the_only_name_of_a_table_is_no_title(tmp_path):
    file = read(tmp_path, ",,b\n" + "1.5,2,3\n2.5,3,7\n" * 9)
    assert file.table.column_names == ["unnamed_1", "unnamed_2", "b"]
    assert file.table.column("b").to_pylist()[:2] == [3, 7]


def test_a_title_in_the_middle_is_a_title(tmp_path):
    file = read(tmp_path, ",Report,\na,b,c\n" + "1.5,2,3\n2.5,3,7\n" * 9)
    assert file.table.column_names == ["a", "b", "c"]
    assert file.notes == ("Skipped 1 line above the table.",)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    assert read(tmp_path, codecs.BOM_UTF8 + b"a,b\n1,2\n").table.column_names == ["a", "b"]


def zipped(content):
    import io

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inside.csv", content)
        archive.writestr("__MACOSX/._inside.csv", b"x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".csv.gz", gzip.compress),
        (".csv.bz2", bz2.compress),
        (".csv.xz", lzma.compress),
        (".csv.zst", lambda content: pa.Codec("zstd").compress(content, asbytes=True)),
        (".csv.zip", zipped),
        (".zip", zipped),
        (".csv", gzip.compress),  # the content counts, not the name
    ],
)
def test_packed_tables_are_read(tmp_path, ending, pack):
    assert is_whole(read(tmp_path, pack((HEADER + BODY).encode()), f"rows{ending}"))


def test_blanks_before_quotes_do_not_hide_them(tmp_path):
    table = read(tmp_path, 'a, b, c\n1, "x, y", 2.5\n2, "z", 4.5\n' * 2).table
    assert table.column("b").to_pylist()[:2] == ["x, y", "z"]


def test_quotes_may_be_escaped_by_a_backslash(tmp_path):
    table = read(tmp_path, 'a,b\n1,"he said \\"hi, you\\""\n2,"x"\n').table
    assert table.column("b").to_pylist() == ['he said "hi, you"', "x"]
