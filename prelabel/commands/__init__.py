"""The command line: names and help lines stand here, a verb's module is imported when it is used.

A command module offers `command`: a click command, or a click group with verbs of its own. Other
packages add verbs through the entry-point group ``prelabel.commands``.
"""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec

import click
from click.exceptions import Abort, ClickException, Exit

from prelabel.errors import PrelabelError, exit_code

__all__ = ["COMMANDS", "main"]

COMMANDS: dict[str, tuple[str, str]] = {
    "label": ("prelabel.commands.label", "Pre-label pictures with an ONNX model."),
    "video": ("prelabel.commands.video", "Pre-label clips as tracks."),
    "tracks": ("prelabel.commands.tracks", "Reduce, re-solve and fill in tracks."),
    "eval": ("prelabel.commands.eval", "Score pre-labels against the truth (COCO AP)."),
    "cost": ("prelabel.commands.cost", "Seconds that correcting pre-labels takes."),
    "tune": ("prelabel.commands.tune", "Score thresholds of least correction time."),
    "consensus": ("prelabel.commands.consensus", "Merge several raters' labels into one dataset."),
    "gold": ("prelabel.commands.gold", "Pick gold pictures, score annotators on them."),
    "review": ("prelabel.commands.review", "Say what to correct first; find likely label errors."),
    "agree": ("prelabel.commands.agree", "Say how far annotators, models and the truth agree."),
    "convert": ("prelabel.commands.convert", "Convert a dataset to another format."),
    "info": ("prelabel.commands.info", "Say what is in a dataset and what is wrong with it."),
    "split": ("prelabel.commands.split", "Divide a dataset into train, val and test."),
    "merge": ("prelabel.commands.merge", "Join several datasets into one."),
    "filter": ("prelabel.commands.filter", "Keep some objects and pictures of a dataset."),
    "remap": ("prelabel.commands.remap", "Rename, join, drop and order classes."),
    "formats": ("prelabel.commands.formats", "List the dataset formats and their options."),
    "models": ("prelabel.commands.models", "Check and describe model files."),
    "label-studio": (
        "prelabel.commands.label_studio",
        "Push pre-labels to Label Studio, pull corrected annotations.",
    ),
    "doctor": (
        "prelabel.commands.doctor",
        "Say what runs models here; what is wrong with a connection.",
    ),
    "demo": ("prelabel.commands.demo", "Draw scenes, pre-label them, score and show the result."),
}


class LazyGroup(click.Group):
    """A click group whose members are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Built-in verbs, then those of other packages."""
        return [*COMMANDS, *(p.name for p in plugins() if p.name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, imported now."""
        if cmd_name in COMMANDS:
            command: click.Command = import_module(COMMANDS[cmd_name][0]).command
            return command
        plugin = next((p for p in plugins() if p.name == cmd_name), None)
        return plugin.load().command if plugin else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and help lines, without importing a verb."""
        with formatter.section("Commands"):
            rows = [(name, line) for name, (_, line) in COMMANDS.items()]
            rows += [(p.name, purpose(p)) for p in plugins() if p.name not in COMMANDS]
            formatter.write_dl(rows)


def plugins() -> tuple[EntryPoint, ...]:
    """Entry points of other packages that add a verb."""
    return tuple(entry_points(group="prelabel.commands"))


def purpose(plugin: EntryPoint) -> str:
    """The first line of a plug-in's module, after its name, read without running the module."""
    spec = find_spec(plugin.module)
    source = getattr(spec and spec.loader, "get_source", lambda name: None)(plugin.module)
    lines = (ast.get_docstring(ast.parse(source or "")) or "").splitlines()
    line = lines[0].partition(": ")[2] if lines else ""
    return line[:1].upper() + line[1:]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("prelabel"), prog_name="prelabel")
def cli() -> None:
    """Pre-label pictures and video with ONNX models; people only correct the errors."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; an error of the user's is one line on stderr."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        code = cli.main(args=arguments, prog_name="prelabel", standalone_mode=False)
    except PrelabelError as error:
        click.echo(f"prelabel: {error}", err=True)
        return exit_code(error)
    except ClickException as error:
        error.show()
        return error.exit_code
    except Exit as stop:
        return stop.exit_code
    except (Abort, KeyboardInterrupt):
        click.echo("prelabel: stopped", err=True)
        return 130
    return code if isinstance(code, int) else 0
