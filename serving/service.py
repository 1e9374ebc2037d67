"""The BentoML service: the app of `serving.api`, with the champion loaded and watched.

`bentofile.yaml` names it; `framescope serve` starts it.
"""

import bentoml

from labels.home import Home
from labels.store import Store
from serving.api import create_app
from serving.live import Live

app = create_app()


@bentoml.service(name="framescope", workers=1, traffic={"timeout": 60})
@bentoml.asgi_app(app)
class Framescope:
    """Frames and stances of texts, over HTTP and on a page."""

    def __init__(self) -> None:
        home = Home.find()
        self.live = Live(home, Store.open(home.database))
        self.live.start()
        app.state.live = self.live

    def __is_ready__(self) -> bool:
        """Ready once a model is served."""
        return self.live.serving is not None

    @bentoml.on_shutdown
    def stop(self) -> None:
        self.live.stop()
