"""`losscli completion SHELL`: the script that completes losscli in a shell."""

from __future__ import annotations

import click

from ..completing.completion import SHELLS, script
from ..streams import emit


@click.command("completion", epilog='Example: eval "$(losscli completion bash)"')
@click.argument("shell", type=click.Choice(SHELLS), metavar="bash|zsh|fish")
def command(shell: str) -> None:
    """Print the script that completes losscli in a shell.

    \b
    bash   eval "$(losscli completion bash)" in ~/.bashrc
    zsh    eval "$(losscli completion zsh)" in ~/.zshrc, after compinit
    fish   losscli completion fish > ~/.config/fish/completions/losscli.fish

    Commands, losses, options, their values, files and the columns of files are completed.
    """
    emit(script(shell))
