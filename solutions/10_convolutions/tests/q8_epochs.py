from otter.test_files import test_case

OK_FORMAT = False

name = "q8_epochs"
points = 2

@test_case(points=0.5, hidden=False, 
    failure_message="With 5 examples and batches of 2, six steps are 2 epochs, or 3 if the last batch is left out.")
def test_five_examples(epochs, epochs_of_the_paper):
    for drop_last, expected in ((False, 2), (True, 3)):
        got = epochs(6, 2, 5, drop_last)
        assert got is not None, 'epochs(...) returned None: expected a number'
        assert got == expected, f'epochs(6, 2, 5, drop_last={drop_last}): expected {expected}, got {got}'
    assert isinstance(epochs_of_the_paper, (int, float)), 'epochs_of_the_paper should be a number'

@test_case(points=1.5, hidden=True, 
    failure_message="For some numbers the epochs are not right, or those of the paper are not. Go through an epoch batch by batch.")
def test_epochs_walked_through(epochs, epochs_of_the_paper):

    def steps_of_an_epoch(batch, n, drop_last):
        return sum((start + batch <= n or not drop_last for start in range(0, n, batch)))
    for batch, n in ((100, 4000), (100, 4150), (1, 7), (7, 7), (5, 9), (64, 1000)):
        for drop_last in (False, True):
            for steps in (0, 1, 84, 100000):
                expected = steps / steps_of_an_epoch(batch, n, drop_last)
                assert abs(epochs(steps, batch, n, drop_last) - expected) <= 1e-12 * expected
        assert epochs(steps_of_an_epoch(batch, n, False), batch, n) == 1
    assert epochs_of_the_paper == 100000 / steps_of_an_epoch(100, 4000, False)

