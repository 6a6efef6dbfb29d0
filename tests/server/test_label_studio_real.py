"""A real Label Studio beside the server."""

from __future__ import annotations

import pytest
from label_studio_app import LEGACY, App

from prelabel.clients.label_studio import LabelStudio

pytestmark = pytest.mark.label_studio


@pytest.mark.parametrize("form", ["legacy", "personal"])
def test_both_forms_of_token_are_accepted(label_studio: App, form: str) -> None:
    key = LEGACY if form == "legacy" else label_studio.personal
    project = label_studio.project("<View/>")
    with LabelStudio.at(label_studio.url, key) as studio:
        assert studio.version() == "1.23.2"
        assert studio.project(project).config == "<View/>"
