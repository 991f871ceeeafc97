from otter.test_files import test_case

OK_FORMAT = False

name = "q9_other_remedies"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With [3, 2, 4, 1, 5, 6, 0] and the patience 2 the best epoch is 3 and the last one run is 5; remedies holds ten booleans.")
def test_one_curve(early_stop, remedies):
    got = early_stop([3, 2, 4, 1, 5, 6, 0], 2)
    assert got is not None, 'early_stop(...) returned None: expected (best_epoch, stop_epoch)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'early_stop should return (best_epoch, stop_epoch)'
    assert tuple(got) == (3, 5), f'early_stop: expected (3, 5), got {tuple(got)}'
    assert isinstance(remedies, dict), 'remedies should be a dictionary'
    keys = ['more_examples', 'each_example_twice', 'cleaner_targets', 'fewer_inputs', 'tied_weights', 'stop_early']
    for key in [*keys, 'train_longer', 'noisy_copies', 'penalty_by_training_error', 'extra_inputs']:
        assert isinstance(remedies.get(key), bool), f'remedies[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="Training stops at the wrong epoch, or another epoch is called the best. Think of ties, of a loss that falls to the end, and of what comes after the stop.")
def test_stops(early_stop):
    import random
    rng = random.Random(822)
    curves = [[5.0], [3, 2, 1], [1, 2, 3], [2, 2, 2, 2, 2], [1.0, 1.0, 0.5, 0.5, 0.7, 0.4], [0, -1, -1, -2, 5, 5]]
    curves += [[rng.choice([1, 2, 3, 4, 5]) for _ in range(rng.randint(1, 12))] for _ in range(200)]
    stopped = 0
    for curve in curves:
        for patience in (1, 2, 3, 20):
            stop = len(curve) - 1
            for end in range(patience, len(curve)):
                if min(curve[end - patience + 1:end + 1]) >= min(curve[:end - patience + 1]):
                    stop = end
                    break
            stopped += stop < len(curve) - 1
            run = curve[:stop + 1]
            assert tuple(early_stop(curve, patience)) == (run.index(min(run)), stop)
    assert stopped > 50

@test_case(points=1.5, hidden=True, 
    failure_message="At least one of the ten measures is judged wrongly. Simulate the ones that you are not sure of.")
def test_measures(remedies):
    import numpy as np
    rng = np.random.default_rng(823)
    w = np.where(np.arange(15) < 5, 0.5, 0.0)
    ls = lambda X, y: np.linalg.lstsq(X, y, rcond=None)[0]
    errors = {}
    for _ in range(150):
        X, noise, noise_inputs = (rng.normal(size=(40, 15)), rng.normal(size=40), rng.normal(size=(20, 10)))
        y = X @ w + noise
        A, b = (X[:20], y[:20])
        values, vectors = np.linalg.eigh(A.T @ A / 20)
        steps = lambda t: vectors @ ((1 - (1 - 0.1 * values) ** t) / values * (vectors.T @ (A.T @ b / 20)))
        tied = ls(np.column_stack([A[:, :5].sum(1), A[:, 5:]]), b)
        ridges = [np.linalg.solve(A.T @ A + lam * np.eye(15), A.T @ b) for lam in (0.0, 0.1, 1.0, 10.0)]
        wide = ls(np.column_stack([A, noise_inputs]), b)
        fits = {'plain': ls(A, b), 'more_examples': ls(X, y), 'each_example_twice': ls(np.tile(A, (2, 1)), np.tile(b, 2)), 'cleaner_targets': ls(A, A @ w + noise[:20] / 2), 'fewer_inputs': np.append(ls(A[:, :5], b), np.zeros(10)), 'tied_weights': np.append(np.full(5, tied[0]), tied[1:]), 'stop_early': steps(30), 'train_longer': steps(100000), 'noisy_copies': ls(np.tile(A, (30, 1)) + 0.5 * rng.normal(size=(600, 15)), np.tile(b, 30)), 'penalty_by_training_error': min(ridges, key=lambda v: ((A @ v - b) ** 2).sum()), 'extra_inputs': wide}
        for name, fit in fits.items():
            errors.setdefault(name, []).append((fit[:15] - w) @ (fit[:15] - w) + fit[15:] @ fit[15:])
    for name in sorted(set(errors) - {'plain'}):
        better = np.mean(errors[name]) < 0.9 * np.mean(errors['plain'])
        assert remedies[name] is bool(better)

