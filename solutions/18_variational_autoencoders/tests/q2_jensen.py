from otter.test_files import test_case

OK_FORMAT = False

name = "q2_jensen"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the values 1 and 3 with probability 1/2 each, the gap of the log is 0.144 and that of the square 1; jensen_facts holds six booleans.")
def test_one_and_three(log_second_derivative, power_second_derivative, log_gap, power_gap, jensen_facts):
    import numpy as np
    y, p = (np.array([1.0, 3.0]), np.array([0.5, 0.5]))
    for name, got in (('log', log_second_derivative(y)), ('power', power_second_derivative(y, 1))):
        assert got is not None, f'{name}_second_derivative(...) returned None: expected an array'
        assert np.shape(got) == (2,), f'{name}_second_derivative: expected shape (2,), got {np.shape(got)}'
    got = power_second_derivative(y, 1)
    assert np.allclose(got, 2), f'the second derivative of the square is 2 everywhere, got {got}'
    for name, got, expected in (('log_gap', log_gap(y, p), np.log(2) - np.log(3) / 2), ('power_gap', power_gap(y, p, 1), 1)):
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == (), f'{name} should return one number, got shape {np.shape(got)}'
        assert abs(got - expected) < 1e-09, f'{name}: expected {expected:.4f}, got {got}'
    assert isinstance(jensen_facts, dict), 'jensen_facts should be a dictionary'
    keys = ['log_bends_down_everywhere', 'log_gap_only_zero_if_constant', 'fourth_power_bends_up_everywhere']
    for key in [*keys, 'odd_powers_too', 'square_gap_is_variance', 'root_like_square']:
        assert isinstance(jensen_facts.get(key), (bool, np.bool_)), f'jensen_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A second derivative is wrong somewhere. Check signs, negative inputs, zero, and the domain of the logarithm.")
def test_second_derivatives(log_second_derivative, power_second_derivative):
    import numpy as np
    import torch

    def twice(g, x):
        x = torch.tensor(x, requires_grad=True)
        slope, = torch.autograd.grad(g(x).sum(), x, create_graph=True)
        return torch.autograd.grad(slope.sum(), x)[0].numpy()
    x = np.concatenate([np.logspace(-3, 3, 100), [1.0]])
    assert np.allclose(log_second_derivative(x), twice(torch.log, x), rtol=1e-11, atol=0)
    assert np.allclose(log_second_derivative(x[:100].reshape(4, 25)), twice(torch.log, x[:100].reshape(4, 25)), rtol=1e-11)
    for outside in ([0.0], [1.0, -2.0, 3.0], [2.0, 0.0]):
        try:
            log_second_derivative(np.array(outside))
        except ValueError:
            continue
        raise AssertionError
    for n in (1, 2, 3, 5):
        x = np.concatenate([np.linspace(-3, 3, 61) + 0.01, [1000.0, -1000.0]])
        got = power_second_derivative(x, n)
        assert np.allclose(got, twice(lambda v, n=n: (v * v) ** n, x), rtol=1e-11, atol=0)
    assert np.array_equal(power_second_derivative(np.zeros(2), 1), [2.0, 2.0])
    assert np.array_equal(power_second_derivative(np.zeros(2), 2), [0.0, 0.0])

@test_case(points=1, hidden=True, 
    failure_message="A gap is wrong for some values or probabilities. Which of the two terms is larger, and do the probabilities enter both?")
def test_gaps(log_gap, power_gap):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(1803)
    for k in (1, 2, 3, 6):
        for _ in range(8):
            counts = rng.integers(1, 9, size=k)
            p = counts / counts.sum()
            y = rng.uniform(0.1, 5, size=k) * 10.0 ** rng.integers(-2, 3)
            sample = np.repeat(y, counts)
            assert abs(log_gap(y, p) - (np.log(np.mean(sample)) - np.mean(np.log(sample)))) <= 1e-12
            signed = rng.integers(-6, 7, size=k)
            weights = [Fraction(int(c), int(counts.sum())) for c in counts]
            for n in (1, 2, 4):
                mean = sum((w * int(v) for w, v in zip(weights, signed)))
                power = sum((w * int(v) ** (2 * n) for w, v in zip(weights, signed)))
                assert abs(power_gap(signed.astype(float), p, n) - float(power - mean ** (2 * n))) <= 1e-12 * (1 + float(power))
    y, point = (np.array([2.0, 7.0, 5.0]), np.array([0.0, 1.0, 0.0]))
    assert abs(log_gap(y, point)) <= 1e-12 and abs(power_gap(y, point, 2)) <= 1e-08

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about averages is decided wrongly.")
def test_jensen_facts(jensen_facts):
    import numpy as np
    rng = np.random.default_rng(1804)
    h, x = (0.0001, np.linspace(-2, 2, 401))
    fourth = (x + h) ** 4 - 2 * x ** 4 + (x - h) ** 4
    positive = np.logspace(-3, 3, 400)
    log_bend = np.log(positive * (1 + h)) - 2 * np.log(positive) + np.log(positive * (1 - h))
    smallest_log_gap, odd, root, square = (np.inf, [], [], [])
    for _ in range(300):
        p, y = (rng.dirichlet(np.full(3, 3.0)), rng.normal(size=3) * 2)
        z = np.exp(y)
        smallest_log_gap = min(smallest_log_gap, (np.log(p @ z) - p @ y) / np.ptp(y) ** 2)
        odd.append((p @ y) ** 3 <= p @ y ** 3)
        root.append(np.sqrt(p @ z) <= p @ np.sqrt(z))
        square.append(abs(p @ y ** 2 - (p @ y) ** 2 - np.cov(y, aweights=p, ddof=0)) < 1e-09)
    found = {'log_bends_down_everywhere': np.all(log_bend < -h ** 2 / 2), 'log_gap_only_zero_if_constant': smallest_log_gap > 0.0001, 'fourth_power_bends_up_everywhere': fourth.min() / h ** 2 > 1e-06, 'odd_powers_too': all(odd), 'square_gap_is_variance': all(square), 'root_like_square': all(root)}
    for key, fact in found.items():
        assert isinstance(jensen_facts[key], (bool, np.bool_)) and bool(jensen_facts[key]) == bool(fact)

