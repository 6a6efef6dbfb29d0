"""Options, fixtures and the rule that a CI run may not skip what it is there to test."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which

import label_studio_app
import PIL.Image
import pytest
import tool_oracle
from hypothesis import HealthCheck, settings

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("YOLO_AUTOINSTALL", "False")
os.environ.setdefault("YOLO_VERBOSE", "False")

settings.register_profile(
    "default",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("soak", parent=settings.get_profile("default"), max_examples=5000)
settings.load_profile("default")

OPEN = PIL.Image.open
MAY_SKIP = {"gpu"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--real-data",
        metavar="DIR",
        help="folder of the real models and pictures (write --real-data=DIR)",
    )
    parser.addoption(
        "--label-studio",
        metavar="DIR",
        help="virtual environment that has Label Studio (write --label-studio=DIR)",
    )
    parser.addoption(
        "--tools",
        metavar="DIR,DIR",
        help="virtual environments that have the tools of tests/tool_workers (write --tools=DIR)",
    )
    parser.addoption("--chromium", metavar="FILE", help="the browser, where it is not found")
    parser.addoption("--soak", action="store_true", help="long form of kill and fuzz tests")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--soak"):
        settings.load_profile("soak")
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # a shell's background jobs ignore it, and so would the programs that tests interrupt
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data(request: pytest.FixtureRequest) -> Path:
    """The folder of real models and pictures; a test that needs it is marked `real`."""
    folder = request.config.getoption("--real-data")
    if not folder:
        pytest.skip("needs --real-data DIR")
    path = Path(folder).resolve()
    assert path.is_dir(), f"--real-data {folder} is not a folder"
    return path


@pytest.fixture(scope="session")
def label_studio_python(request: pytest.FixtureRequest) -> Path:
    """The interpreter that has Label Studio and its SDK; such tests are marked `label_studio`."""
    folder = request.config.getoption("--label-studio")
    if not folder:
        pytest.skip("needs --label-studio DIR")
    path = Path(folder).absolute() / "bin" / "python"
    assert path.exists(), f"--label-studio {folder} is not a virtual environment"
    return path


@pytest.fixture(scope="session")
def label_studio(
    label_studio_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[label_studio_app.App]:
    """A real Label Studio that runs for the whole session."""
    folder = tmp_path_factory.mktemp("label-studio")
    with label_studio_app.running(label_studio_python, folder) as app:
        yield app


@pytest.fixture(scope="session")
def tool(request: pytest.FixtureRequest) -> Iterator[Callable[[str], tool_oracle.Oracle]]:
    """Other tools, such as ``tool("datumaro_calls")``; such tests are marked `tools`."""
    folders = request.config.getoption("--tools")
    if not folders:
        pytest.skip("needs --tools DIR")
    environments = [Path(folder).absolute() for folder in folders.split(",")]
    with tool_oracle.tools(environments) as found:
        yield found


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> str:
    """The browser's program; a test that needs it is marked `browser`."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = request.config.getoption("--chromium") or next(filter(None, map(which, names)), None)
    if not found:
        pytest.skip("needs Chromium")
    return found


@pytest.fixture(scope="session")
def soak(request: pytest.FixtureRequest) -> bool:
    """Whether this run is the long one (`make soak`)."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture(autouse=True, scope="session")
def _yolo_settings_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ.setdefault("YOLO_CONFIG_DIR", str(tmp_path_factory.mktemp("yolo-settings")))


@pytest.fixture(autouse=True)
def _pillow_opens_by_itself() -> Iterator[None]:
    """ultralytics replaces `Image.open` for the whole process: put it back after each test."""
    yield
    PIL.Image.open = OPEN


class SkipsCount:
    """Under CI=true a skip of anything but the GPU tests fails the run."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not MAY_SKIP & set(report.keywords):
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self.skipped:
            terminalreporter.write_line(f"skipped, which CI does not allow: {name}", red=True)


if os.environ.get("CI") == "true":

    def pytest_sessionstart(session: pytest.Session) -> None:
        session.config.pluginmanager.register(SkipsCount())
