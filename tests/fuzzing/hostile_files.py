"""Files that claim, nest or unpack to more than they are, or that are no files at all.

``python tests/fuzzing/hostile_files.py FOLDER`` writes them, to try a command on each by hand.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

__all__ = [
    "SOURCES",
    "YAMLS",
    "npy_header",
    "repeated_zeros",
    "workbook",
    "write_hostile_files",
    "zipped",
]

_DEPTH = 100_000


def _zeros_gzip(n_bytes: int) -> bytes:
    """Return a gzip file of zeros, written in pieces."""
    target, block = io.BytesIO(), b"\0" * (1 << 20)
    with gzip.GzipFile(fileobj=target, mode="wb", mtime=0) as stream:
        for _ in range(n_bytes >> 20):
            stream.write(block)
    return target.getvalue()


def repeated_zeros(n_bytes: int) -> tuple[bytes, bytes]:
    """Return gzip and zlib data of zeros without an end, made in no time: one block repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = 1 << 24
    block = packer.compress(b"\0" * size) + packer.flush(zlib.Z_FULL_FLUSH)
    blocks = block * (n_bytes // size)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + blocks, b"\x78\x9c" + blocks


def npy_header(shape: str, descr: str = "'<f8'", size: int | None = None) -> bytes:
    """Return the header of a .npy file, padded to ``size`` bytes."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    padded = text.ljust(size or 117) + "\n"
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(padded)) + padded.encode()


def zipped(
    members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, of_size: int = 0
) -> bytes:
    """Return a zip archive; ``of_size`` is a size that the directory claims for its member."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, method)
    data = bytearray(target.getvalue())
    if of_size:
        at = data.rfind(b"PK\x01\x02") + 24
        data[at : at + 4] = of_size.to_bytes(4, "little")
    return bytes(data)


def _npz_bomb(n_bytes: int = 3 << 30) -> bytes:
    """Return a .npz file of a few MB, with one array of some GB of zeros."""
    target = io.BytesIO()
    rows = n_bytes // 800
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("X.npy", "w", force_zip64=True) as member,
    ):
        member.write(npy_header(f"({rows}, 100)"))
        block = b"\0" * 800_000
        for _ in range(rows // 1000):
            member.write(block)
        member.write(b"\0" * (rows % 1000 * 800))
    return target.getvalue()


def _encrypted(content: bytes) -> bytes:
    """Return a zip archive with the flag of encryption set on every member."""
    data = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def _npz_lie() -> bytes:
    """Return a .npz file whose small member claims 8 TB of values."""
    return zipped({"X.npy": npy_header("(1000000000, 1000)") + b"\0" * 800})


def png(width: int, height: int, colour: int = 0, unit: bytes = b"\0") -> bytes:
    """Return a PNG file of zeros, of a few kB for any size; ``colour`` 0 is grey, 2 RGB."""
    row = b"\0" + b"\0" * (width * (3 if colour == 2 else 1))
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _tar(*names: str, kind: bytes = tarfile.REGTYPE, size: int | None = None) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            content = png(4, 4)
            member.type, member.size = kind, len(content) if kind == tarfile.REGTYPE else 0
            member.linkname = "/etc/passwd"
            tar.addfile(member, io.BytesIO(content) if kind == tarfile.REGTYPE else None)
    data = bytearray(target.getvalue())
    if size is not None:  # the header claims it, and has the right checksum
        member = tarfile.TarInfo(names[0])
        member.size = size
        data[:512] = member.tobuf()[:512]
    return bytes(data)


def workbook(rows: bytes) -> bytes:
    """Return an .xlsx file of one sheet with rows in XML."""
    return _xlsx(_SHEET + rows + _SHEET_END)


def _xlsx(sheet: bytes) -> bytes:
    kind = "http://schemas.openxmlformats.org"
    office = f"{kind}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kind}/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{kind}/package/2006/relationships"><Relationship '
        f'Id="r" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{kind}/spreadsheetml/2006/main" xmlns:r="{office}">'
        '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{kind}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
    }
    plain = {name: text.encode() for name, text in parts.items()}
    return zipped({**plain, "xl/worksheets/sheet1.xml": sheet})


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_SHEET_END = b"</sheetData></worksheet>"


def _aliases(n_levels: int = 12, width: int = 9) -> str:
    lines = ["a0: &a0 [" + ", ".join(["x"] * width) + "]"]
    lines += [
        f"a{k}: &a{k} [" + ", ".join([f"*a{k - 1}"] * width) + "]" for k in range(1, n_levels)
    ]
    return "\n".join(lines)


def _merge_keys(n_levels: int = 26) -> str:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{k}: &a{k} {{<<: [*a{k - 1}, *a{k - 1}]}}" for k in range(1, n_levels)]
    return "\n".join(lines)


YAMLS: dict[str, Callable[[], bytes]] = {
    "aliases": lambda: (_aliases() + "\nsource: digits\n").encode(),
    "aliases-in-a-message": lambda: (
        (_aliases(9, 6) + "\nsource: *a8\n").encode().replace(b"a0: &a0", b"source: &a0", 1)
    ),
    "aliases-as-source": lambda: ("source: [" + "&a [" * 8 + "x" + "]" * 8 + "]").encode(),
    "merge-keys": lambda: (_merge_keys() + "\nsource: digits\n").encode(),
    "comment": lambda: b"source: digits\n#" + b"x" * 200_000_000,
    "deep": lambda: b"source: " + b"[" * _DEPTH,
    "deep-blocks": lambda: "\n".join(" " * k + "a:" for k in range(2000)).encode(),
    "deep-but-closed": lambda: b"source: " + b"[" * 900 + b"]" * 900,
    "long-number": lambda: b"parameters: {epochs: " + b"9" * 50_000 + b"}",
    "sexagesimal": lambda: b"parameters: {epochs: " + b"1" + b":59" * 50_000 + b"}",
    "infinite": lambda: b"parameters: {learning_rate: .inf}",
    "not-a-number": lambda: b"parameters: {learning_rate: .nan}",
    "python-object": lambda: b"source: !!python/object/apply:os.system [exit]",
    "recursive": lambda: b"source: &a [*a]",
    "recursive-map": lambda: b"parameters: &a {latent_dim: *a}",
    "recursive-key": lambda: b"source: digits\n? &a [*a]\n: 1",
    "broken-surrogate": lambda: "source: a\ud800b".encode("utf-16-le", "surrogatepass"),
    "escaped-surrogate": lambda: b'source: "a\\ud800b"',
    "escaped-nul": lambda: b'source: "a\\0b"',
    "escaped-newline": lambda: b'source: "a\\nb\\u001b[31m"',
    "dates": lambda: b"source: 2020-01-01\nparameters: {latent_dim: 0001-01-01}",
    "bad-date": lambda: b"source: 2020-99-01",
    "set": lambda: b"source: !!set {a, b}",
    "binary": lambda: b"source: !!binary AAAA",
    "two-documents": lambda: b"source: digits\n---\nsource: mnist\n",
    "nul": lambda: b"source: digits\0",
    "int-tag": lambda: b"source: !!int abc",
    "empty-int": lambda: b"parameters: {epochs: !!int ''}",
    "float-tag": lambda: b"parameters: {epochs: !!float x}",
    "unhashable-key": lambda: b"{[a]: 1}",
    "list-key": lambda: b"? {a: 1}\n: 2",
}


def _wide_csv() -> bytes:
    n = 1_000_000
    return (
        b",".join(b"c%d" % k for k in range(n))
        + b"\n"
        + b"1," * (n - 1)
        + b"1\n"
        + b"2," * (n - 1)
        + b"2\n"
    )


_IDX_1 = b"\0\0\x08"

SOURCES: dict[str, Callable[[], bytes]] = {
    "bomb.csv.gz": lambda: _zeros_gzip(3 << 30),
    "ones.csv.gz": lambda: gzip.compress(b"1,2\n" * 25_000_000, 9),
    "bomb.csv.bz2": lambda: bz2.compress(b"\0" * (1 << 29)),
    "bomb.csv.xz": lambda: lzma.compress(b"1,2\n" * (1 << 27)),
    "bomb.jsonl.gz": lambda: gzip.compress(b'{"a":1}\n' * 30_000_000, 9),
    "bomb.csv.zip": lambda: zipped({"a.csv": b"1,2\n" * (1 << 27)}),
    "lines.txt.gz": lambda: gzip.compress(b"a b c d\n" * 60_000_000, 9),
    "one-line.txt.gz": lambda: gzip.compress(b"a" * (1 << 29), 9),
    "bomb.npz": _npz_bomb,
    "lie.npz": _npz_lie,
    "no-array.npz": lambda: zipped({"X.npy": b"not an array at all", "y.txt": b"text"}),
    "other.npz": lambda: zipped({"X": b"raw bytes"}),
    "empty.npz": lambda: zipped({}),
    "encrypted.npz": lambda: _encrypted(zipped({"X.npy": npy_header("(2, 2)") + b"\0" * 32})),
    "method.npz": lambda: zipped({"X.npy": npy_header("(2, 2)") + b"\0" * 32}).replace(
        b"\x08\0", b"\x63\0"
    ),
    "sparse.npz": lambda: _sparse(),
    "sparse-lie.npz": lambda: _sparse(shape=(1 << 40, 1 << 40)),
    "sparse-negative.npz": lambda: _sparse(shape=(-3, 4)),
    "sparse-index.npz": lambda: _sparse(indices=(9_000_000, 1)),
    "sparse-format.npz": lambda: _sparse(form="evil"),
    "header-in-string.npy": lambda: b"\x93NUMPY\x01\0\x20\0{'descr': '<f8', 'fortran_order",
    "header-cut.npy": lambda: b"\x93NUMPY\x01\0\x40\0" + b"{'descr': '<f8".ljust(63) + b"\n",
    "trillion.npy": lambda: npy_header("(1000000000000, 4)") + b"\0" * 64,
    "no-bytes.npy": lambda: npy_header("(1000000000,)", "'<U0'"),
    "negative.npy": lambda: npy_header("(-1, 4)") + b"\0" * 64,
    "overflow.npy": lambda: npy_header("(4294967296, 4294967296, 4294967296)") + b"\0" * 64,
    "axes.npy": lambda: npy_header("(" + "1, " * 70 + ")") + b"\0" * 8,
    "deep-header.npy": lambda: npy_header("(" * 5000 + ")" * 5000, size=20_000),
    "huge-number.npy": lambda: npy_header(f"({'9' * 9000},)", size=9_500),
    "giant-header.npy": lambda: npy_header("(2, 2)", size=200_000_000),
    "claimed-header.npy": lambda: b"\x93NUMPY\x02\0\xff\xff\xff\xff{'descr'",
    "object.npy": lambda: npy_header("(2, 2)", "'|O'") + b"\x80\x04\x95",
    "record.npy": lambda: npy_header("(2,)", "[('a', '<f8'), ('b', '<i4')]") + b"\0" * 24,
    "void.npy": lambda: npy_header("(2, 2)", "'|V0'"),
    "strings.npy": lambda: npy_header("(2, 2)", "'<U999999999'"),
    "bad-descr.npy": lambda: npy_header("(2, 2)", "'__import__(\"os\")'"),
    "zero-by-huge.npy": lambda: npy_header("(0, 1000000000000)"),
    "rows-of-nothing.npy": lambda: npy_header("(1000000000000, 0)"),
    "version.npy": lambda: b"\x93NUMPY\x09\0\x10\0" + b" " * 16,
    "axes-idx255-ubyte": lambda: _IDX_1 + b"\xff" + struct.pack(">I", 1) * 255 + b"\0",
    "axes.idx": lambda: _IDX_1 + b"\xff" + struct.pack(">I", 1) * 255 + b"\0",
    "no-rows.idx": lambda: _IDX_1 + b"\x03" + struct.pack(">III", 0, 28, 28),
    "no-columns.idx": lambda: _IDX_1 + b"\x03" + struct.pack(">III", 28, 0, 28),
    "zero-and-huge.idx": lambda: _IDX_1 + b"\x03" + struct.pack(">III", 0, 2**32 - 1, 2**32 - 1),
    "huge.idx": lambda: _IDX_1 + b"\x03" + struct.pack(">III", 2**32 - 1, 28, 28) + b"\0" * 99,
    "bomb.idx.gz": lambda: (
        gzip.compress(_IDX_1 + b"\x03" + struct.pack(">III", 4_000_000, 28, 28), 1)
        + _zeros_gzip(3_136_000_000)
    ),
    "scalar.idx": lambda: _IDX_1 + b"\x00" + b"\0",
    "one-axis.idx": lambda: _IDX_1 + b"\x01" + struct.pack(">I", 9) + b"\0" * 9,
    "nan.idx": lambda: b"\0\0\x0d\x02" + struct.pack(">II", 2, 2) + b"\xff" * 16,
    "wide.csv": _wide_csv,
    "one-line.csv": lambda: b"1," * 100_000_000,
    "commas.csv": lambda: b"," * 50_000_000,
    "quote.csv": lambda: b'a,b\n"' + b"x" * 100_000_000,
    "one-cell.csv": lambda: b"a,b\n1," + b"9" * 60_000_000 + b"\n",
    "newlines.csv": lambda: b"\n" * 100_000_000,
    "long-number.csv": lambda: b"a,b\n" + b"9" * 10_000 + b",1e999\n2,-1e999\n3,nan\n",
    "surrogate.csv": lambda: (
        b"\xff\xfe" + "a,b\n1,".encode("utf-16-le") + b"\x00\xd8" + "2\n".encode("utf-16-le")
    ),
    "odd-length.csv": lambda: b"\xff\xfe" + "a,b\n1,2\n".encode("utf-16-le") + b"x",
    "nul.csv": lambda: b"a,b\n1,\0\n2,3\n" * 10,
    "deep.json": lambda: b"[" * _DEPTH + b"]" * _DEPTH,
    "deep-cell.json": lambda: b'[{"a": ' + b"[" * 900 + b"]" * 900 + b"}]",
    "deep-cell.jsonl": lambda: b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b'}\n{"a": 2}\n',
    "deep-object.jsonl": lambda: (b'{"a": ' * 3000 + b"1" + b"}" * 3000 + b"\n") * 2,
    "open.json": lambda: b'{"a":' * _DEPTH,
    "infinite.json": lambda: b'[{"a": 1e999, "b": NaN}, {"a": -Infinity, "b": 2}]',
    "long-number.json": lambda: b'[{"a": ' + b"9" * 10_000 + b', "b": 1}]',
    "big-number.json": lambda: b'[{"a": 99999999999999999999999, "b": 1}, {"a": 1, "b": 2}]',
    "surrogate.json": lambda: b'[{"a": "\\ud800", "b": 1}, {"a": "x", "b": 2}]',
    "keys.json": lambda: json.dumps({f"k{k}": [1, 2] for k in range(300_000)}).encode(),
    "mixed.json": lambda: b'[1, {"a": 2}, null]',
    "utf16.json": lambda: b"\xff\xfe[\0\x00\xd8",
    "deep.arff": lambda: b"@relation a\n@attribute a {" + b"x," * 5_000_000 + b"}\n@data\nx\n",
    "open.arff": lambda: b"@relation a\n@attribute 'a",
    "empty.arff": lambda: b"@relation a\n@data\n",
    "far.xlsx": lambda: _xlsx(
        _SHEET + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + _SHEET_END
    ),
    "rows.xlsx": lambda: _xlsx(_SHEET + b"<row><c><v>1</v></c></row>" * 12_000_000 + _SHEET_END),
    "beyond.xlsx": lambda: _xlsx(
        _SHEET + b'<row r="99999999999999999999"><c r="A1"><v>1</v></c></row>' + _SHEET_END
    ),
    "column.xlsx": lambda: _xlsx(
        _SHEET + b'<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>' + _SHEET_END
    ),
    "laughs.xlsx": lambda: _xlsx(
        b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        + _SHEET
        + b'<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>'
        + _SHEET_END
    ),
    "encrypted.xlsx": lambda: _encrypted(_xlsx(_SHEET + _SHEET_END)),
    "members.xlsx": lambda: zipped({f"{k}.xml": b"" for k in range(60_000)}),
    "empty.parquet": lambda: b"PAR1PAR1",
    "footer.parquet": lambda: b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1",
    "thrift.parquet": lambda: b"PAR1" + b"\x15\x04\x19" * 40 + b"\x78\0\0\0PAR1",
    "magic.feather": lambda: b"ARROW1\0\0" + b"\xff" * 64 + b"ARROW1",
    "v1.feather": lambda: b"FEA1" + b"\xff" * 64 + b"FEA1",
    "stream.arrow": lambda: b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\0" * 64,
    "magic.h5": lambda: b"\x89HDF\r\n\x1a\n" + b"\xff" * 512,
    "v5.mat": lambda: (
        b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\x01IM" + b"\x0e\0\0\0\xff\xff\xff\x7f" + b"\0" * 64
    ),
    "v5-bomb.mat": lambda: _mat_bomb(),
    "v4.mat": lambda: struct.pack("<5i", 0, 2**31 - 1, 2**31 - 1, 0, 2) + b"X\0" + b"\0" * 64,
    "v4-negative.mat": lambda: struct.pack("<5i", 0, -3, -5, 0, 2) + b"X\0" + b"\0" * 64,
    "large.png": lambda: png(9400, 9400),
    "colour.png": lambda: png(9400, 9400, colour=2),
    "gigantic.png": lambda: png(60_000, 60_000)[:2000],
    "claimed.png": lambda: png(8, 8).replace(struct.pack(">II", 8, 8), b"\xff\xff\xff\xff" * 2),
    "flat.png": lambda: png(80_000_000, 1),
    "zero.png": lambda: png(0, 0),
    "frames.gif": lambda: _gif_frames(),
    "claimed.tif": lambda: _tiff(),
    "text.png": lambda: _png_text(),
    "claimed.ppm": lambda: b"P6 999999999 999999999 255\n" + b"\0" * 99,
    "numbers.pgm": lambda: b"P2 4 4 " + b"9" * 1_000_000,
    "out.tar": lambda: _tar("../../etc/evil.png"),
    "absolute.tar": lambda: _tar("/etc/evil.png"),
    "link.tar": lambda: _tar("a.png", kind=tarfile.SYMTYPE),
    "fifo.tar": lambda: _tar("a.png", kind=tarfile.FIFOTYPE),
    "claimed.tar": lambda: _tar("a.png", size=8 << 30),
    "negative.tar": lambda: _tar("a.png", size=-1),
    "many.tar": lambda: _tar(*[f"{k}.txt" for k in range(2000)]),
    "paths.zip": lambda: zipped({"../../evil.csv": b"a,b\n1,2\n3,4\n"}),
    "nested.zip": lambda: zipped({"a.zip": zipped({"a.csv": b"1,2\n"})}),
    "lines.txt": lambda: b"\n" * 50_000_000,
    "one-line.txt": lambda: b"word " * 40_000_000,
    "controls.txt": lambda: bytes(range(256)) * 10,
}


def _sparse(
    shape: tuple[int, int] = (3, 4), indices: tuple[int, ...] = (0, 1), form: str = "csr"
) -> bytes:
    target = io.BytesIO()
    np.savez(
        target,
        format=np.array(form.encode()),
        shape=np.array(shape),
        data=np.ones(2),
        indices=np.array(indices),
        indptr=np.array([0, 1, 2, 2]),
    )
    return target.getvalue()


def _mat_bomb(n_bytes: int = 2 << 30) -> bytes:
    """Return a .mat file of a few MB with one compressed matrix of zeros."""
    side = n_bytes // 8000
    body = (
        struct.pack("<IIII", 6, 8, 6, 0)
        + struct.pack("<IIii", 5, 8, side, 1000)
        + struct.pack("<II", 1 | 1 << 16, 0x58)
        + struct.pack("<II", 9, side * 8000 % 2**32)
    )
    head = struct.pack("<II", 14, (len(body) + side * 8000) % 2**32) + body
    packer = zlib.compressobj(9)
    block = b"\0" * 8000 * 100
    parts = [packer.compress(head)]
    parts += [packer.compress(block) for _ in range(side // 100)]
    packed = b"".join([*parts, packer.flush()])
    start = b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\x01IM"
    return start + struct.pack("<II", 15, len(packed)) + packed


def _gif_frames() -> bytes:
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff" + frame * 300_000 + b"\x3b"


def _tiff() -> bytes:
    tags = [(256, 4, 1, 9000), (257, 4, 1, 9000), (258, 3, 1, 8), (259, 3, 1, 1)]
    tags += [(262, 3, 1, 1), (273, 4, 2**30, 8), (278, 4, 1, 1), (279, 4, 2**30, 8)]
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + body + b"\0\0\0\0"


def _png_text() -> bytes:
    data = zlib.compress(b"x" * 300_000_000, 9)
    body = b"k\0\0" + data
    chunk = (
        struct.pack(">I", len(body))
        + b"zTXt"
        + body
        + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    )
    plain = png(4, 4)
    return plain[:33] + chunk + plain[33:]


_SPECIAL = ("pipe.csv", "pipe.png", "pipe.npy", "pipe.npz", "pipe.txt", "pipe.idx", "pipe.parquet")


def write_hostile_files(folder: Path, names: tuple[str, ...] = ()) -> Path:
    """Write the files, or those of the given names, into a folder.

    Parameters
    ----------
    folder : Path
        Created if needed.
    names : tuple of str
        Keys of ``SOURCES`` and ``YAMLS``; all, and named pipes and a socket, if empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    every = {**SOURCES, **{f"{name}.yaml": made for name, made in YAMLS.items()}}
    for name in names or every:
        path = folder / name
        if not path.exists():
            path.write_bytes(every[name]())
    if not names:
        for name in (*_SPECIAL, "pipe.yaml", "pipe.xlsx", "pipe.tar"):
            if not (folder / name).exists():
                os.mkfifo(folder / name)
        if not (folder / "socket.csv").exists():
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(folder / "socket.csv"))
    return folder


if __name__ == "__main__":
    write_hostile_files(Path(sys.argv[1]))
