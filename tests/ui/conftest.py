"""What the tests of all faces may ask for."""

from tests.ui.own_editor import editor  # noqa: F401 - a fixture
