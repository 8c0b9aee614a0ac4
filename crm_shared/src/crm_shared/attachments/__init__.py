"""Files attached to main records: taken in (receiving), judged (kinds), stored and swept (files), listed and given out (views)."""
