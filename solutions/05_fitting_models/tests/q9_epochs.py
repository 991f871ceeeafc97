from otter.test_files import test_case

OK_FORMAT = False

name = "q9_epochs"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With 7 examples and B = 3 an epoch has 3 updates, or 2 with drop_last; the batches together hold 0 to 6.")
def test_seven_examples(epochs_done, updates_per_epoch, epochs, epoch_batches):
    assert isinstance(epochs_done, (int, float)), f'epochs_done should be a number, got {epochs_done}'
    got = updates_per_epoch(7, 'minibatch', 3)
    assert got is not None, 'updates_per_epoch(...) returned None: expected an integer'
    assert got == 3, f"updates_per_epoch(7, 'minibatch', 3): expected 3, got {got}"
    for drop_last, expected in ((False, 2.0), (True, 3.0)):
        got = epochs(6, 7, 3, drop_last)
        assert got is not None, 'epochs(...) returned None: expected a float'
        assert abs(got - expected) < 1e-09, f'epochs(6, 7, 3, {drop_last}): expected {expected}, got {got}'
    got = epoch_batches(7, 'minibatch', 3, 0)
    assert got is not None, 'epoch_batches(...) returned None: expected a list of arrays'
    assert isinstance(got, (list, tuple)), 'epoch_batches should return a list of arrays'
    assert len(got) == 3, f"epoch_batches(7, 'minibatch', 3, 0): expected 3 batches, got {len(got)}"
    seen = sorted((int(i) for indices in got for i in indices))
    assert seen == list(range(7)), f'the batches together should hold 0 to 6 once each, got {seen}'

@test_case(points=1, hidden=True, 
    failure_message="The number of epochs for the 1000 iterations is wrong, or epochs is for other numbers. How many iterations does one epoch take?")
def test_epochs_by_running(epochs_done, epochs):
    import torch

    def count(iterations, n, batch, drop_last):
        loader = torch.utils.data.DataLoader(list(range(n)), batch_size=batch, drop_last=drop_last)
        return iterations / sum((1 for _ in loader))
    assert epochs_done == count(1000, 100, 20, False)
    for n in (1, 5, 20, 99, 100, 101):
        for batch in (1, 2, 20, 33, 100, 150):
            for drop_last in (False, True) if batch <= n else (False,):
                for iterations in (1, 7, 1000):
                    got = epochs(iterations, n, batch, drop_last)
                    assert abs(got - count(iterations, n, batch, drop_last)) < 1e-09 * got
    assert epochs(0, 10, 3, False) == 0

@test_case(points=1, hidden=True, 
    failure_message="The number of updates per epoch is wrong for some method. How many examples does each method use for one update?")
def test_updates(updates_per_epoch):
    for n in (1, 2, 7, 60, 61):
        for batch in (1, 2, 3, 60, 100):
            for method, size in (('gd', n), ('sgd', 1), ('minibatch', batch)):
                left, updates = (n, 0)
                while left > 0:
                    left, updates = (left - size, updates + 1)
                assert updates_per_epoch(n, method, batch) == updates
    assert updates_per_epoch(10 ** 18 + 1, 'minibatch', 10) == 10 ** 17 + 1
    assert updates_per_epoch(10 ** 18 + 1, 'sgd', 10) == 10 ** 18 + 1
    assert type(updates_per_epoch(10, 'minibatch', 4)) is int

@test_case(points=1, hidden=True, 
    failure_message="An epoch of some method leaves out examples, repeats some, has batches of other sizes, or is not in random order.")
def test_batches_of_an_epoch(epoch_batches):
    import numpy as np
    for n in (1, 2, 7, 60):
        for batch in (1, 2, 3, 7, 100):
            for method, size in (('gd', n), ('sgd', 1), ('minibatch', batch)):
                got = [np.asarray(indices) for indices in epoch_batches(n, method, batch, 3)]
                assert all((indices.ndim == 1 and indices.dtype.kind in 'iu' for indices in got))
                sizes = [len(indices) for indices in got]
                whole, rest = divmod(n, size)
                assert sizes == [size] * whole + [rest] * (rest > 0)
                assert sorted(np.concatenate(got).tolist()) == list(range(n))
    orders = [np.concatenate(epoch_batches(60, 'minibatch', 7, seed)).tolist() for seed in (0, 1, 2, 0)]
    assert orders[0] == orders[3] and orders[0] != orders[1] != orders[2] != orders[0]
    firsts = [int(epoch_batches(10, 'sgd', 1, seed)[0][0]) for seed in range(400)]
    assert np.bincount(firsts, minlength=10).min() > 10

