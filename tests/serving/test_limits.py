"""Which requests take turns; what bounds connections and bodies is in `test_connections.py`."""

from serving import limits
from serving.api import create_app

WITHOUT_DATABASE = {"/", "/score", "/documents", "/model", "/codebook"}


def test_every_route_that_asks_the_database_takes_turns():
    paths = {*create_app().openapi()["paths"], "/reports/{version}"}
    turns = {path for path in paths if limits._ASKS_THE_DATABASE.match(path)}
    assert turns == paths - WITHOUT_DATABASE
