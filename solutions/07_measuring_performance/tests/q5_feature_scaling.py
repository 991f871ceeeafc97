from otter.test_files import test_case

OK_FORMAT = False

name = "q5_feature_scaling"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For x = 2 and p = 2 the features are (1, 2, 4), (1, 2, 2) and (1, 0, -0.5); the loss before any step is half the mean square of y.")
def test_one_input(features, largest_rate, descend, scale_facts):
    import numpy as np
    x = np.array([2.0])
    for kind, expected in (('raw', [1, 2, 4]), ('factorial', [1, 2, 2]), ('legendre', [1, 0, -0.5])):
        got = features(x, 2, kind, 0.0, 4.0)
        assert got is not None, 'features(...) returned None: expected an array of shape (N, p + 1)'
        assert np.shape(got) == (1, 3), f'features: expected shape (1, 3), got {np.shape(got)}'
        assert np.allclose(got[0], expected), f'features of kind {kind!r}: expected {expected}, got {got[0]}'
    got = largest_rate(np.array([[1.0, 2.0]]))
    assert got is not None, 'largest_rate(...) returned None: expected a float'
    assert np.shape(got) == () and got > 0, f'largest_rate should return a positive number, got {got}'
    got = descend(np.array([[1.0], [1.0]]), np.array([2.0, 4.0]), 0.1, 0)
    assert got is not None, 'descend(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 5) < 1e-09, f'descend with 0 steps: expected 5, got {got}'
    assert isinstance(scale_facts, dict), 'scale_facts should be a dictionary'
    keys = ['much_smaller_rate', 'old_rate_survives', 'tiny_rate_works', 'factor_conditions_well']
    for key in keys + ['legendre_conditions_better', 'scale_changes_the_fit']:
        assert isinstance(scale_facts.get(key), bool), f'scale_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some features are wrong. Factorials grow, powers start at 0, and Legendre polynomials take the mapped input.")
def test_features_in_fractions(features):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(711)
    cases = [([-3, 5, 8, 0, 24], 6, -3, 24), ([4, 9], 0, 0, 9), ([4, -2, 9], 1, -8, 16), ([7], 30, 0, 16)]
    cases += [(rng.integers(-16, 17, size=8), 12, -16, 16)]
    for eighths, p, lo, hi in cases:
        x = [Fraction(int(v), 8) for v in eighths]
        lo, hi = (Fraction(lo, 8), Fraction(hi, 8))
        values = np.array([float(v) for v in x])
        table = {'raw': [], 'factorial': [], 'legendre': []}
        for v in x:
            u = (v - lo) * 2 / (hi - lo) - 1
            power, scaled, legendre = (Fraction(1), Fraction(1), [Fraction(1), u])
            rows = [[power], [scaled]]
            for j in range(1, p + 1):
                power, scaled = (power * v, scaled * v / j)
                rows[0].append(power)
                rows[1].append(scaled)
                legendre.append(((2 * j + 1) * u * legendre[j] - j * legendre[j - 1]) / (j + 1))
            for kind, row in zip(table, [*rows, legendre[:p + 1]]):
                table[kind].append([float(f) for f in row])
        for kind, expected in table.items():
            got = features(values, p, kind, float(lo), float(hi))
            assert np.shape(got) == (len(x), p + 1)
            assert np.allclose(got, np.array(expected), rtol=1e-11, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="Gradient descent does not change its behaviour at the rate that you return. How strongly is L, with its factor 1 / (2N), curved in the steepest direction?")
def test_rate_tried_out(largest_rate):
    import numpy as np
    rng = np.random.default_rng(712)
    matrices = [np.ones((1, 1)), np.array([[3.0], [4.0], [0.0]]), rng.normal(size=(30, 4)), rng.normal(size=(3, 6))]
    matrices += [np.vander(rng.normal(size=50), 6), 100 * rng.normal(size=(12, 2))]
    for phi in matrices:
        eta = largest_rate(phi)
        start = np.linalg.eigh(phi.T @ phi)[1][:, -1] + 0.001
        for factor, shrinks in ((0.98, True), (1.02, False)):
            theta = start
            for _ in range(600):
                theta = theta - factor * eta * phi.T @ (phi @ theta) / len(phi)
            assert (np.linalg.norm(phi @ theta) < np.linalg.norm(phi @ start)) is np.bool_(shrinks)

@test_case(points=1, hidden=True, 
    failure_message="The loss after some steps is not that of gradient descent on L, with its factor 1 / (2N).")
def test_descent_against_autograd(descend):
    import numpy as np
    import torch
    rng = np.random.default_rng(713)
    for n, width, rate, steps in ((1, 1, 0.5, 1), (7, 3, 0.3, 2), (20, 4, 0.1, 15), (5, 2, 0.2, 0), (3, 5, 0.7, 4)):
        phi, y = (rng.normal(size=(n, width)), rng.normal(size=n))
        theta = torch.zeros(width, dtype=torch.float64, requires_grad=True)
        loss = lambda: ((torch.tensor(phi) @ theta - torch.tensor(y)) ** 2).sum() / (2 * n)
        optimiser = torch.optim.SGD([theta], lr=rate)
        for _ in range(steps):
            optimiser.zero_grad()
            loss().backward()
            optimiser.step()
        assert abs(descend(phi, y, rate, steps) - float(loss())) <= 1e-10 * float(loss())

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements on the scale of the features is decided wrongly. Measure condition numbers and rates.")
def test_scale_facts(scale_facts):
    import numpy as np
    keys = ['much_smaller_rate', 'old_rate_survives', 'tiny_rate_works', 'factor_conditions_well']
    seen = {key: [] for key in keys + ['legendre_conditions_better', 'scale_changes_the_fit']}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=100)
        y = 5 + 1.2 * x - 1.7 * x ** 2 + 0.9 * x ** 3 + 0.1 * rng.normal(size=100)
        raw = np.vander(x, 11, increasing=True)
        scaled = raw / np.cumprod([1.0, *range(1, 11)])
        legendre = np.polynomial.legendre.legvander(2 * (x - x.min()) / np.ptp(x) - 1, 10)
        top = {name: np.linalg.eigvalsh(a.T @ a / 100)[-1] for name, a in (('raw', raw), ('scaled', scaled))}

        def losses(design, rate):
            theta, found = (np.zeros(11), [])
            for _ in range(30):
                error = design @ theta - y
                found.append((error ** 2).mean())
                theta = theta - rate * design.T @ error / 100
            return np.array(found)
        fits = [np.linalg.qr(a)[0] for a in (raw, scaled, legendre)]
        fits = [q @ (q.T @ y) for q in fits]
        seen['much_smaller_rate'].append(top['raw'] / top['scaled'] > 1000)
        seen['old_rate_survives'].append(losses(raw, 1 / top['scaled'])[-1] < (y ** 2).mean())
        seen['tiny_rate_works'].append((np.diff(losses(raw, 0.5 / top['raw'])) < 0).all())
        seen['factor_conditions_well'].append(np.linalg.cond(scaled) < 1000)
        seen['legendre_conditions_better'].append(np.linalg.cond(legendre) * 100 < np.linalg.cond(scaled))
        seen['scale_changes_the_fit'].append(max((np.abs(fits[0] - f).max() for f in fits)) > 0.0001)
    for key, found in seen.items():
        assert all(found) or not any(found)
        assert scale_facts[key] is all(map(bool, found))

