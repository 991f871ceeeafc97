"""The mistakes that mutants stand for, by kind; their order breaks ties between mutants of one place."""

from autograder.proof.operators import arithmetic, axes, conditions, constants, functions, statements, training

OPERATORS = (
    *arithmetic.OPERATORS,
    *conditions.OPERATORS,
    *constants.OPERATORS,
    *functions.OPERATORS,
    *axes.OPERATORS,
    *training.OPERATORS,
    *statements.OPERATORS,
)
