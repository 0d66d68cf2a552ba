"""Dates and times come back as exact as they were."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from isthmus.preprocessing._date_block import DateBlock

N = 50
MORNING = dt.datetime(2021, 3, 1)
MOMENTS = {
    "day": [MORNING + dt.timedelta(days=3 * k) for k in range(N)],
    "minute": [MORNING + dt.timedelta(minutes=7 * k) for k in range(N)],
    "second": [MORNING + dt.timedelta(seconds=61 * k) for k in range(N)],
    "microsecond": [MORNING + dt.timedelta(microseconds=10**8 * k + 5) for k in range(N)],
}


def back(column, shift=0.0):
    """Return a column from its seconds, which a model has changed a little."""
    block = DateBlock("t", str(column.type))
    table = pa.table({"t": column})
    block.learn_table(table)
    return block.restored(block.read_table(table) + shift)


@pytest.mark.parametrize("step", MOMENTS)
def test_moments_are_rounded_to_the_step_of_the_training_rows(step):
    column = pa.chunked_array([pa.array(MOMENTS[step], pa.timestamp("us"))])
    shift = {"day": 30_000.0, "minute": -20.0, "second": 0.4, "microsecond": 0.0}[step]
    assert back(column, shift).to_pylist() == MOMENTS[step]


@pytest.mark.parametrize(("step", "form"), [("day", "%Y-%m-%d"), ("second", "%Y-%m-%d %H:%M:%S")])
def test_texts_of_dates_have_no_time_and_those_of_seconds_no_parts_of_one(step, form):
    texts = [moment.strftime(form) for moment in MOMENTS[step]]
    assert back(pa.chunked_array([texts]), 0.3).to_pylist() == texts


@pytest.mark.parametrize("minutes", [1, 7])
def test_times_stay_within_the_day(minutes):
    times = [dt.time(k * minutes // 60, k * minutes % 60) for k in range(N)]
    column = pa.chunked_array([pa.array(times, pa.time64("us"))])
    assert back(column, 90_000.0).to_pylist() == [dt.time(23, 59)] * N
    assert back(column, -90_000.0).to_pylist() == [dt.time(0, 0)] * N


def test_missing_dates_do_not_count_and_come_back_as_missing():
    column = pa.chunked_array([pa.array([None, *MOMENTS["day"]], pa.timestamp("us"))])
    assert back(column, np.float64(10.0)).to_pylist() == [None, *MOMENTS["day"]]
