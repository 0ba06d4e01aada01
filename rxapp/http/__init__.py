"""Plain HTTP: sign-in, watching, films, files, check, health."""

from starlette.convertors import IntegerConvertor, register_url_convertor


class NumberConvertor(IntegerConvertor):
    """A number in an address that fits every database's column; a longer one is no address."""

    regex = "[0-9]{1,9}"


# Before any route is made: those of this package name it.
register_url_convertor("number", NumberConvertor())
