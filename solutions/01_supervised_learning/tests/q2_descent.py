from otter.test_files import test_case

OK_FORMAT = False

name = "q2_descent"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For x = [0] the Hessian is [[2, 0], [0, 0]], for x = [-1, 1] the largest rate is 0.5, and one step of rate 0.25 leads from (3, 5) to (2, 5).")
def test_small_cases(hessian, largest_rate, descend, best_shift):
    import numpy as np
    got = hessian(np.array([0.0]))
    assert got is not None, 'hessian(...) returned None: expected an array of shape (2, 2)'
    assert np.shape(got) == (2, 2), f'hessian: expected shape (2, 2), got {np.shape(got)}'
    assert np.allclose(got, [[2, 0], [0, 0]]), f'hessian([0]): expected [[2, 0], [0, 0]], got {got}'
    got = largest_rate(np.array([-1.0, 1.0]))
    assert got is not None, 'largest_rate(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-09, f'largest_rate([-1, 1]): expected 0.5, got {got}'
    path = descend(np.array([3.0, 5.0]), np.array([0.0]), np.array([1.0]), 0.25, 1)
    assert path is not None, 'descend(...) returned None: expected an array of shape (steps + 1, 2)'
    assert np.shape(path) == (2, 2), f'descend with one step: expected shape (2, 2), got {np.shape(path)}'
    assert np.allclose(path, [[3, 5], [2, 5]]), f'descend: expected [[3, 5], [2, 5]], got {path}'
    got = best_shift(np.array([4.0, 4.0]))
    assert got is not None, 'best_shift(...) returned None: expected a float'
    assert np.shape(got) == (), f'best_shift should return a single number, got shape {np.shape(got)}'

@test_case(points=1, hidden=True, 
    failure_message="The Hessian is not the matrix of second derivatives of the summed loss.")
def test_hessian_by_autograd(hessian):
    import numpy as np
    import torch
    rng = np.random.default_rng(3)
    for n in (1, 2, 5, 30):
        x, y = (rng.normal(size=n) * 3 + 1, torch.tensor(rng.normal(size=n)))
        loss = lambda p: ((p[0] + p[1] * torch.tensor(x) - y) ** 2).sum()
        exact = torch.autograd.functional.hessian(loss, torch.tensor(rng.normal(size=2))).numpy()
        assert np.allclose(hessian(x), exact, rtol=1e-11, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="Just below your largest rate gradient descent should converge, just above it should not, for any inputs.")
def test_rate_by_trying(largest_rate):
    import numpy as np
    rng = np.random.default_rng(4)
    for n in (2, 3, 10, 40):
        x, y = (rng.normal(size=n) + rng.choice([-1, 1]), rng.normal(size=n))
        ones = np.ones(n)
        best = np.linalg.lstsq(np.stack([ones, x], axis=1), y, rcond=None)[0]
        limit = largest_rate(x)
        assert np.shape(limit) == () and limit > 0
        start = best + rng.normal(size=2)
        for share, grows in ((0.97, False), (1.03, True)):
            phi = start.copy()
            for _ in range(1000):
                residuals = phi[0] + phi[1] * x - y
                phi = phi - share * limit * 2 * np.array([residuals @ ones, residuals @ x])
            assert bool(np.linalg.norm(phi - best) > np.linalg.norm(start - best)) is grows

@test_case(points=1.5, hidden=True, 
    failure_message="The path is not that of gradient descent, or the start is changed. Which gradient does step t use?")
def test_path_in_closed_form(descend):
    import numpy as np
    rng = np.random.default_rng(5)
    for n, steps, rate in ((1, 1, 0.3), (2, 7, 0.05), (5, 40, 0.02), (20, 3, 0.01), (4, 0, 0.1), (3, 12, 0.04)):
        x, y, start = (rng.normal(size=2 * n)[::2] + 0.5, rng.normal(size=n), rng.normal(size=2))
        design = np.stack([np.ones(n), x], axis=1)
        best = np.linalg.pinv(design) @ y
        shrink = np.eye(2) - rate * 2 * design.T @ design
        expected = [best + np.linalg.matrix_power(shrink, t) @ (start - best) for t in range(steps + 1)]
        got = np.asarray(descend(start, x, y, rate, steps))
        assert got.shape == (steps + 1, 2)
        assert np.allclose(got, expected, rtol=1e-09, atol=1e-09)
    whole = descend(np.array([3, 5]), np.array([0.0, 1.0]), np.array([1.5, 0.0]), 0.125, 1)
    assert whole.dtype == np.float64 and np.allclose(whole, [[3, 5], [0.625, 3]])
    assert descend(np.array([3, 5]), np.array([0.0, 1.0]), np.array([1.5, 0.0]), 0.125, 0).dtype == np.float64

    def probe(descend):
        import numpy as np
        phi = np.array([1.0, 2.0])
        descend(phi, np.array([1.0, 2.0]), np.array([0.0, 1.0]), 0.1, 3)
        return phi.tolist()
    assert inside(probe)(descend) == [1.0, 2.0]

@test_case(points=0.5, hidden=True, 
    failure_message="With another shift of the inputs the eigenvalues of the Hessian lie closer together.")
def test_shift_by_trying(best_shift):
    import numpy as np
    rng = np.random.default_rng(6)

    def ratio(x):
        small, large = np.linalg.eigvalsh([[len(x), x.sum()], [x.sum(), x @ x]])
        return large / small
    for n in (2, 3, 25):
        for centre in (-7.0, 0.5, 30.0):
            x = rng.exponential(size=n) + centre
            shift = best_shift(x)
            around = [ratio(x - shift - d) for d in (-0.05, -0.01, 0.01, 0.05)]
            assert ratio(x - shift) < min(around)

