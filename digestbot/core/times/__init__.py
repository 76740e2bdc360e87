"""When and where, as people say it: times, days, dates, pauses and places, in English and Chinese."""
