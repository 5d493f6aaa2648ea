"""The exceptions for wrong input, as opposed to a defect of the program."""


class InputError(ValueError):
    """Raised for input that a person can correct: a parameter, a file, a name.

    The message is one line that names what came, what is allowed and what to do. Entry points print it without a
    traceback and exit with status 1; every other exception is a defect of the program and keeps its traceback.
    """


class ArgumentError(InputError):
    """An argument that does not fit the data or the network.

    The message begins with the argument's name, so that a stage can put the name of its section in front.
    """
