from otter.test_files import test_case

OK_FORMAT = False

name = "q9_two_gradients"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the square with mu = 1, sigma = 2 and eps = 1 the terms are (4.5, 0) and (6, 6); gradient_facts holds six booleans.")
def test_one_draw(score_terms, path_terms, best_baseline, gradient_facts):
    import numpy as np
    one = np.ones(1)
    cases = [('score_terms', score_terms(lambda x: x ** 2, 1.0, 2.0, one), [[4.5, 0.0]]), ('path_terms', path_terms(lambda x: 2 * x, 1.0, 2.0, one), [[6.0, 6.0]])]
    for name, got, expected in cases:
        assert got is not None, f'{name}(...) returned None: expected an array'
        assert np.shape(got) == (1, 2), f'{name}: expected shape (1, 2), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{name}: expected {expected}, got {np.asarray(got).tolist()}'
    got = best_baseline(np.array([3.0, 3.0]), np.array([1.0, -2.0]))
    assert got is not None, 'best_baseline(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 3) < 1e-09, f'best_baseline: if f is 3 everywhere expected 3, got {got}'
    assert isinstance(gradient_facts, dict), 'gradient_facts should be a dictionary'
    keys = ['same_mean', 'path_handles_steps', 'score_handles_steps', 'baseline_biases']
    for key in [*keys, 'path_always_quieter', 'score_suffers_from_small_sigma']:
        assert isinstance(gradient_facts.get(key), (bool, np.bool_)), f'gradient_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some terms are wrong. Differentiate the log-density with respect to sigma once more, and mind what is held fixed.")
def test_terms(score_terms, path_terms):
    import numpy as np
    import torch
    functions = [torch.sin, torch.square, torch.exp, lambda x: (x + 1) ** 3]
    rng = np.random.default_rng(1820)
    for f in functions:
        for size, sigma in ((1, 1.0), (7, 0.3), (40, 2.5)):
            eps, mu = (rng.normal(size=size), rng.normal())
            noise = torch.tensor(eps)
            at = torch.tensor([mu, sigma], dtype=torch.float64)
            x = at[0] + at[1] * noise

            def slope(v):
                v = torch.tensor(v, requires_grad=True)
                return torch.autograd.grad(f(v).sum(), v)[0].numpy()
            jacobian = torch.autograd.functional.jacobian
            score = jacobian(lambda p: torch.distributions.Normal(p[0], p[1]).log_prob(x), at)
            path = jacobian(lambda p: f(p[0] + p[1] * noise), at)
            got = score_terms(lambda v: f(torch.tensor(v)).numpy(), mu, sigma, eps)
            assert np.shape(got) == (size, 2) and np.allclose(got, (f(x)[:, None] * score).numpy(), rtol=1e-10, atol=1e-11)
            got = path_terms(slope, mu, sigma, eps)
            assert np.shape(got) == (size, 2) and np.allclose(got, path.numpy(), rtol=1e-10, atol=1e-11)

@test_case(points=1, hidden=True, 
    failure_message="Another constant makes the mean square smaller than yours.")
def test_baseline(best_baseline):
    import numpy as np
    rng = np.random.default_rng(1821)
    for size in (1, 2, 10, 500):
        values, score = (3 * rng.normal(size=size) + 2, rng.normal(size=size) + 0.3)
        best = np.linalg.lstsq(score[:, None], values * score, rcond=None)[0][0]
        got = best_baseline(values, score)
        assert np.shape(got) == () and abs(got - best) <= 1e-09 * (1 + abs(best))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the two estimators is decided wrongly.")
def test_gradient_facts(gradient_facts):
    import numpy as np
    eps = np.linspace(-9, 9, 180001)
    weight = np.exp(-eps ** 2 / 2)
    weight /= weight.sum()

    def mean(values):
        return weight @ values

    def score(f, mu, sigma):
        terms = f(mu + sigma * eps) * eps / sigma
        return (mean(terms), mean(terms ** 2) - mean(terms) ** 2)

    def path(slope, mu, sigma):
        terms = slope(mu + sigma * eps)
        return (mean(terms), mean(terms ** 2) - mean(terms) ** 2)

    def square(x):
        return x ** 2

    def step(x):
        return (x > 0).astype(float)
    smooth = [(np.square, lambda x: 2 * x), (np.sin, np.cos), (lambda x: np.sin(9 * x), lambda x: 9 * np.cos(9 * x))]
    pairs = [(score(f, 0.4, 0.8), path(slope, 0.4, 0.8)) for f, slope in smooth]
    rise = np.exp(-0.4 ** 2 / (2 * 0.8 ** 2)) / (0.8 * np.sqrt(2 * np.pi))
    noisy = [score(square, 1.0, sigma)[1] for sigma in (1.0, 0.1, 0.01)]
    found = {'same_mean': all((abs(a[0] - b[0]) < 1e-06 for a, b in pairs)), 'path_handles_steps': abs(path(np.zeros_like, 0.4, 0.8)[0] - rise) < 0.001, 'score_handles_steps': abs(score(step, 0.4, 0.8)[0] - rise) < 0.001, 'baseline_biases': abs(score(lambda x: x ** 2 - 5, 0.4, 0.8)[0] - score(square, 0.4, 0.8)[0]) > 1e-06, 'path_always_quieter': all((b[1] < a[1] for a, b in pairs)), 'score_suffers_from_small_sigma': noisy[2] > 10 * noisy[1] > 10 * noisy[0]}
    for key, fact in found.items():
        assert isinstance(gradient_facts[key], (bool, np.bool_)) and bool(gradient_facts[key]) == bool(fact)

