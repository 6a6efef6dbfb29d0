"""Labeling configs: what is read of them, and what is refused."""

from __future__ import annotations

import time

import pytest
from label_studio_configs import BARE, EVERY, KINDS, POSE, tag, view
from sdk_oracle import Oracle

from formats.errors import FormatError
from formats.label_studio import config, markup
from formats.label_studio.attributes import number, switch


def test_controls_say_what_they_draw_on_and_with_what() -> None:
    found = config.parse(EVERY)
    assert [c.kind for c in found.controls] == list(KINDS)
    for control in found.controls:
        assert (control.name, control.to_name, control.on) == (control.kind, "image", "image")
        assert control.data_key == "image"
        assert [choice.name for choice in control.labels] == ["car", "person"]
    assert [(o.kind, o.name, o.data_key) for o in found.objects] == [("image", "image", "image")]


def test_an_alias_is_what_results_say() -> None:
    text = view(
        '<RectangleLabels name="r" toName="image" smart="true"><View><Label value=" Big car " '
        'alias="big" predicted_values="car, truck,"/><Label/></View></RectangleLabels>'
    )
    control = config.parse(text).control("r")
    assert control is not None
    assert control.smart
    (choice,) = control.labels
    assert (choice.name, choice.value, choice.alias) == ("big", " Big car ", "big")
    assert choice.predicted == ("car", "truck")


def test_bare_tags_take_the_labels_beside_them() -> None:
    found = config.parse(BARE)
    rectangle = found.control("rectangle")
    assert rectangle is not None
    assert rectangle.labelled_by == "names"
    assert [choice.name for choice in rectangle.labels] == ["car", "person"]
    names = found.control("names")
    assert names is not None
    assert names.labelled_by == ""


def test_of_several_objects_the_picture_is_drawn_on() -> None:
    text = (
        '<View><Text name="t" value="$text"/><Image name="i" value="$photo"/>'
        '<Image name="many" valueList="$photos"/>'
        '<Choices name="c" toName="t,i"><Choice value="a"/></Choices>'
        '<Choices name="d" toName="gone"><Choice value="a"/></Choices></View>'
    )
    found = config.parse(text)
    controls = [(c.to_name, c.on, c.data_key) for c in found.controls]
    assert controls == [("i", "image", "photo"), ("gone", "", "")]
    assert [(o.name, o.data_key, o.many) for o in found.objects][2] == ("many", "photos", True)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("<View>\n<Image", 2, "not XML"),
        ("", 1, "not XML"),
        ("plain", 1, "not XML"),
        ('<!DOCTYPE v [<!ENTITY a "aaaa">]>\n<View>&a;</View>', 1, "refused"),
        ('<!DOCTYPE v SYSTEM "file:///etc/passwd">\n<View/>', 1, "refused"),
        ("<View>\n\n&nbsp;</View>", 3, "not XML"),
        ("<a>\n" * 200, 101, "inside each other"),
        ('<V>\n<I name="x" value="$a"/>\n<R name="x" toName="y"/></V>', 3, "taken by line 2"),
    ],
)
def test_what_is_no_config_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(FormatError, match=what) as error:
        config.parse(text, "config.xml")
    assert error.value.where == f"config.xml:{line}"


def test_a_bomb_costs_nothing() -> None:
    entities = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "ha"}">' for k in range(20))
    start = time.perf_counter()
    with pytest.raises(FormatError, match="refused"):
        config.parse(f"<!DOCTYPE v [{entities}]><View>&a19;</View>")
    assert time.perf_counter() - start < 1


def test_a_config_may_not_be_of_any_size() -> None:
    with pytest.raises(FormatError, match="at most"):
        config.parse(f"<View>{' ' * markup.MOST_BYTES}</View>")
    with pytest.raises(FormatError, match="surrogate"):
        config.parse("<View a='\ud800'/>")


def test_ten_thousand_labels_are_read() -> None:
    many = view(tag("RectangleLabels", "r", [f"label {k}" for k in range(10_000)]))
    control = config.parse(many).control("r")
    assert control is not None
    assert len(control.labels) == 10_000


@pytest.mark.parametrize("text", ["1.5", "-1", "nan", "inf", "half", "0,5"])
def test_a_threshold_that_is_none_is_an_error_with_its_line(text: str) -> None:
    given = tag("RectangleLabels", "r", more=f'model_score_threshold="{text}"')
    control = config.parse(view("\n\n", given)).controls[0]
    with pytest.raises(FormatError, match="model_score_threshold of 'r'") as error:
        number(control, "model_score_threshold")
    assert error.value.where == "label config:3"


def test_switches() -> None:
    given = tag("RectangleLabels", "r", more='a="True" b="0" c=" " d="perhaps"')
    control = config.parse(view(given)).controls[0]
    assert (switch(control, "a"), switch(control, "b")) == (True, False)
    assert switch(control, "c") is switch(control, "missing") is None
    with pytest.raises(FormatError, match="expected true or false"):
        switch(control, "d")


@pytest.mark.label_studio
@pytest.mark.parametrize("text", [EVERY, BARE, POSE])
def test_the_sdk_reads_the_same_labels(sdk: Oracle, text: str) -> None:
    own = {c.name: c for c in config.parse(text).controls}
    theirs = sdk("labels", text)
    assert set(theirs) == set(own)
    for name, (kind, labels) in theirs.items():
        assert own[name].kind == kind
        if not own[name].labelled_by:
            assert [choice.name for choice in own[name].labels] == labels
