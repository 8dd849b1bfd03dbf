"""The configuration.

Order, strongest first: command line, environment (``TELLERWATCH_SECTION__KEY``), the home's ``config.toml``, the default.
Secrets never stand in it: they come from a file or the environment.
"""

from pipeline.settings.loading import ENV_PREFIX, environment_tree, load_settings
from pipeline.settings.model import Alerting, Detection, Settings

__all__ = ["ENV_PREFIX", "Alerting", "Detection", "Settings", "environment_tree", "load_settings"]
