from otter.test_files import test_case

OK_FORMAT = False

name = "q14_zigzag"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For A = diag(1, 25), b = 0 and the start (25, 1) the first step of the line search leads to (300/13, -12/13).")
def test_first_steps(line_search_path, slowest_factor, newton_step, momentum_path, zigzag_facts):
    import numpy as np
    A, b, start = (np.diag([1.0, 25.0]), np.zeros(2), np.array([25.0, 1.0]))
    for name, path in (('line_search_path', line_search_path(A, b, start, 1)), ('momentum_path', momentum_path(A, b, start, 0.1, 0.5, 1))):
        assert path is not None, f'{name}(...) returned None: expected an array of shape (steps + 1, d)'
        assert np.shape(path) == (2, 2), f'{name} with one step: expected shape (2, 2), got {np.shape(path)}'
        assert np.allclose(path[0], start), f'{name}: the first row should be the start, got {path[0]}'
        expected = [300 / 13, -12 / 13] if name == 'line_search_path' else [23.75, -0.25]
        assert np.allclose(path[1], expected), f'{name}: expected {expected} after one step, got {path[1]}'
    got = slowest_factor(np.diag([1.0, 3.0]))
    assert got is not None, 'slowest_factor(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-09, f'slowest_factor(diag(1, 3)): expected 0.5, got {got}'
    got = newton_step(A, b, start)
    assert got is not None, 'newton_step(...) returned None: expected an array of shape (d,)'
    assert np.shape(got) == (2,), f'newton_step: expected shape (2,), got {np.shape(got)}'
    assert isinstance(zigzag_facts, dict), 'zigzag_facts should be a dictionary'
    keys = ['right_angle_with_fixed_rate', 'greedy_is_soonest', 'newton_takes_one_step']
    for key in keys + ['round_bowl_takes_one_step']:
        assert isinstance(zigzag_facts.get(key), bool), f'zigzag_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A step of the line search does not end at the lowest point of its line, or does not follow the gradient, or moves where the gradient is zero.")
def test_lowest_point_of_the_line(line_search_path):
    import numpy as np
    rng = np.random.default_rng(520)
    for d in (1, 2, 2, 5, 5):
        root = rng.normal(size=(d, d))
        A, b, start = (root @ root.T + 0.3 * np.eye(d), rng.normal(size=d), rng.normal(size=d) * 3)
        loss = lambda t: 0.5 * t @ A @ t - b @ t
        path = np.asarray(line_search_path(A, b, start, 6))
        assert path.shape == (7, d) and np.allclose(path[0], start)
        for before, after in zip(path, path[1:]):
            g, g_after = (A @ before - b, A @ after - b)
            if np.abs(g).max() < 1e-05:
                break
            step, size = (after - before, np.abs(g).max())
            assert np.allclose(step * (g @ g), g * (step @ g), atol=1e-09 * size ** 3) and step @ g < 0
            assert abs(g_after @ g) < 1e-08 * (g @ g)
            assert loss(after) <= min(loss(after + 0.001 * g), loss(after - 0.001 * g))
    A, start = (np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1, -2]))
    still = np.asarray(line_search_path(A, A @ start, start, 3))
    assert np.array_equal(still, np.tile(start, (4, 1)))
    assert np.asarray(line_search_path(A, np.ones(2), start, 0)).shape == (1, 2)

@test_case(points=1, hidden=True, 
    failure_message="The worst factor is not that of the slowest valley, or the Newton step does not follow its formula.")
def test_worst_case_and_newton(slowest_factor, newton_step):
    import numpy as np
    rng = np.random.default_rng(521)
    for eigenvalues in ([1.0, 25.0], [2.0, 2.0], [0.5, 3.0, 4.0], [0.01, 1.0, 5.0, 100.0], [7.0]):
        d = len(eigenvalues)
        turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
        A = turn @ np.diag(rng.permutation(eigenvalues)) @ turn.T
        A = (A + A.T) / 2
        values, vectors = np.linalg.eigh(A)
        e = vectors[:, 0] / values[0] + vectors[:, -1] / values[-1]
        g = A @ e
        after = e - g @ g / (g @ A @ g) * g
        measured = np.sqrt(abs(after @ A @ after) / (e @ A @ e))
        assert abs(slowest_factor(A) - measured) < 1e-07
        b, theta = (rng.normal(size=d), rng.normal(size=d) * 10)
        got = newton_step(A, b, theta)
        assert np.shape(got) == (d,) and np.allclose(A @ got, b, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="The momentum path is not the one of the formulas. The momentum starts at zero and is updated before the step.")
def test_momentum_as_a_linear_map(momentum_path):
    import numpy as np
    rng = np.random.default_rng(522)
    for d, rate, beta, steps in ((1, 0.1, 0.0, 3), (2, 0.1, 0.7, 60), (3, 0.05, 0.9, 25), (2, 0.2, 0.5, 0)):
        root = rng.normal(size=(d, d))
        A, b, start = (root @ root.T + 0.1 * np.eye(d), rng.normal(size=d), rng.normal(size=d))
        path = np.asarray(momentum_path(A, b, start, rate, beta, steps))
        assert path.shape == (steps + 1, d)
        minimum, eye = (np.linalg.solve(A, b), np.eye(d))
        m_row = np.hstack([(1 - beta) * A, beta * eye])
        step = np.vstack([np.hstack([eye, 0 * eye]) - rate * m_row, m_row])
        for t in range(steps + 1):
            state = np.linalg.matrix_power(step, t) @ np.append(start - minimum, np.zeros(d))
            assert np.allclose(path[t], minimum + state[:d], rtol=1e-08, atol=1e-08)
    A, start = (np.diag([1.0, 25.0]), np.array([25.0, 1.0]))
    loss = [0.5 * t @ A @ t for t in np.asarray(momentum_path(A, np.zeros(2), start, 0.1, 0.7, 60))]
    assert loss[-1] < 0.0001

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements is decided wrongly. Try other step lengths, such as 1 over each eigenvalue.")
def test_zigzag_facts(zigzag_facts):
    import numpy as np
    rng = np.random.default_rng(523)
    fixed, greedy, other, newton, round_bowl = ([], [], [], [], [])
    for _ in range(20):
        root = rng.normal(size=(3, 3))
        A, b, theta = (root @ root.T + np.eye(3), rng.normal(size=3), rng.normal(size=3))
        g = A @ theta - b
        after = A @ (theta - 0.05 * g) - b
        fixed.append(abs(after @ g) / np.linalg.norm(after) / np.linalg.norm(g))
        here, there = (theta, theta)
        for eigenvalue in np.linalg.eigvalsh(A):
            g_here, g_there = (A @ here - b, A @ there - b)
            here = here - g_here @ g_here / (g_here @ A @ g_here) * g_here
            there = there - g_there / eigenvalue
        greedy.append(np.abs(A @ here - b).max())
        other.append(np.abs(A @ there - b).max())
        newton.append(np.abs(A @ (theta - np.linalg.inv(A) @ g) - b).max())
        c = rng.uniform(0.1, 9)
        bowl = c * theta - b
        round_bowl.append(np.abs(c * (theta - bowl / c) - b).max())
    assert zigzag_facts['right_angle_with_fixed_rate'] is bool(max(fixed) < 1e-09)
    assert zigzag_facts['greedy_is_soonest'] is (not bool(max(other) < 1e-09 < 1e-05 < min(greedy)))
    assert zigzag_facts['newton_takes_one_step'] is bool(max(newton) < 1e-09)
    assert zigzag_facts['round_bowl_takes_one_step'] is bool(max(round_bowl) < 1e-09)

