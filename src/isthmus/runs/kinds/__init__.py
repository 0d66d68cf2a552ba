"""What each kind of estimator tells of a run."""

__all__: list[str] = []
