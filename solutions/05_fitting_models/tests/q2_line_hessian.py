from otter.test_files import test_case

OK_FORMAT = False

name = "q2_line_hessian"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For x = (0, 1) the Hessian is [[4, 2], [2, 2]], its trace 6, its determinant 4, and the minimum is the only one.")
def test_two_points(line_hessian, trace_det, has_one_minimum, bowl_facts):
    import numpy as np
    x = np.array([0.0, 1.0])
    got = line_hessian(x)
    assert got is not None, 'line_hessian(...) returned None: expected an array of shape (2, 2)'
    assert np.shape(got) == (2, 2), f'line_hessian: expected shape (2, 2), got {np.shape(got)}'
    assert np.allclose(got, [[4, 2], [2, 2]]), f'line_hessian: expected [[4, 2], [2, 2]], got {got}'
    got = trace_det(x)
    assert got is not None, 'trace_det(...) returned None: expected (trace, determinant)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'trace_det should return (trace, determinant)'
    assert np.shape(got[0]) == np.shape(got[1]) == (), 'trace and determinant should be single numbers'
    assert np.allclose(got, [6, 4]), f'trace_det: expected (6, 4), got {got}'
    got = has_one_minimum(x)
    assert isinstance(got, (bool, np.bool_)), f'has_one_minimum should return True or False, got {got}'
    assert got, 'has_one_minimum([0, 1]): expected True, got False'
    assert isinstance(bowl_facts, dict), 'bowl_facts should be a dictionary'
    for key in ('never_negative', 'always_positive', 'depends_on_targets', 'curvature_gives_minimum'):
        assert isinstance(bowl_facts.get(key), bool), f'bowl_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some data the matrix is not the Hessian that autograd finds, at whatever phi. Is the factor of the square there?")
def test_hessian_against_autograd(line_hessian):
    import numpy as np
    import torch
    rng = np.random.default_rng(503)
    for n in (1, 2, 3, 10, 40):
        x, y = (rng.normal(size=2 * n)[::2] * 3 + 1, torch.tensor(rng.normal(size=n)))
        loss = lambda p: ((p[0] + p[1] * torch.tensor(x.copy()) - y) ** 2).sum()
        got = line_hessian(x)
        assert np.shape(got) == (2, 2)
        for _ in range(2):
            phi = torch.tensor(rng.normal(size=2) * 5)
            expected = torch.autograd.functional.hessian(loss, phi).numpy()
            assert np.allclose(got, expected, rtol=1e-10, atol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="Trace or determinant is wrong for some data, or the determinant loses its digits when the x are large and close together.")
def test_trace_and_determinant_exactly(trace_det):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(504)
    cases = [np.array([3.0]), np.array([2.0, 2.0, 2.0]), np.array([-1.0, 0.0, 4.0]), rng.normal(size=30)]
    cases += [1000000.0 + 0.001 * rng.normal(size=n) for n in (2, 5, 20)]
    cases += [-1000000.0 + 0.001 * rng.normal(size=7), rng.normal(size=40)[::4] * 100]
    for x in cases:
        got = trace_det(x)
        exact = [Fraction(float(v)) for v in x]
        n, first, second = (len(exact), sum(exact), sum((v * v for v in exact)))
        trace, det = (float(2 * n + 2 * second), float(4 * (n * second - first ** 2)))
        assert abs(got[0] - trace) <= 1e-09 * trace
        assert abs(got[1] - det) <= 1e-06 * det

@test_case(points=1, hidden=True, 
    failure_message="has_one_minimum is wrong for some x, or at least one of the four statements is. What if all x are equal?")
def test_uniqueness_and_facts(has_one_minimum, bowl_facts):
    import numpy as np
    import torch
    equal = [[5.0], [0.0], [0.1] * 3, [0.1] * 10, [2.0] * 3, [-1000000.0] * 4, [1 / 3] * 7]
    for x in equal:
        assert bool(has_one_minimum(np.array(x))) is False
    for x in ([1.0, 1 + 1e-09], [3.0, 3.0, 4.0], [-1.0, 1.0], [0.0, 0.0, 1e-200], [7.0, 1000000.0, 7.0]):
        assert bool(has_one_minimum(np.array(x))) is True
    rng = np.random.default_rng(505)
    lowest, moved = ([], 0.0)
    for x in [np.array(x) for x in equal] + [rng.normal(size=n) for n in (2, 3, 8)]:
        seen = []
        for _ in range(2):
            y = torch.tensor(rng.normal(size=len(x)))
            loss = lambda p: ((p[0] + p[1] * torch.tensor(x) - y) ** 2).sum()
            phi = torch.zeros(2, dtype=torch.float64)
            seen.append(torch.autograd.functional.hessian(loss, phi).numpy())
        moved = max(moved, np.abs(seen[0] - seen[1]).max())
        lowest.append(np.linalg.eigvalsh(seen[0])[0] / np.trace(seen[0]))
    z = np.linspace(-100, 5, 1000)
    bends_up, falls = ((np.exp(z) > 0).all(), (np.diff(np.exp(z)) > 0).all())
    assert bowl_facts['never_negative'] is bool(min(lowest) > -1e-12)
    assert bowl_facts['always_positive'] is bool(min(lowest) > 1e-12)
    assert bowl_facts['depends_on_targets'] is bool(moved > 1e-09)
    assert bowl_facts['curvature_gives_minimum'] is (not bool(bends_up and falls))

