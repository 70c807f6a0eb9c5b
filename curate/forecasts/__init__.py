"""What trainers cut off the rows of a published set.

Reading order: `trainers` (how each reads and cuts), `passages` (what it makes of a record), `landmarks` (where the last
answer stands), `ruler` (tokens), `cutting` (rows cut), `account` (rows counted), `published` (where rows are found),
`forecasting` (all of it).
"""

from curate.forecasts.forecasting import Forecast, forecast

__all__ = ["Forecast", "forecast"]
