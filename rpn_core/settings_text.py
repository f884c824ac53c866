"""Settings as text, both ways: a link's short query, and a whole file."""

from rpn_core.settings_file import from_json, to_json
from rpn_core.settings_query import QUERY_KEYS, from_query, to_query

__all__ = ["QUERY_KEYS", "from_json", "from_query", "to_json", "to_query"]
