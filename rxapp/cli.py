"""The operator's commands: `rxapp --help` lists them."""

import click
from pydantic import ValidationError

from rxapp.commands import backup, doctor, keeping, moving, registers, serving
from rxapp.errors import AppError
from rxapp.settings import Settings, faults


class Commands(click.Group):
    """Shows a refusal as its sentence, not as a trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            raise click.ClickException("\n".join(faults(error))) from None
        except AppError as error:
            for sentence in dict.fromkeys(getattr(error, "fields", {}).values()):
                click.echo(sentence, err=True)
            raise click.ClickException(error.message) from None


@click.group(cls=Commands)
def main() -> None:
    """专业技术人员继续教育管理服务平台"""


for room in (serving, registers, keeping, backup, moving, doctor):
    for made in room.COMMANDS:
        main.add_command(made)


if __name__ == "__main__":
    main()
