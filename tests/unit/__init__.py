"""One function, one table of cases, goldens that a human can check."""
