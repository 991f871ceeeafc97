from otter.test_files import test_case

OK_FORMAT = False

name = "q1_linear_collapse"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="One unit with phi (1, 2), theta (3, 4) and the identity gives the line 7 + 8 x; line_facts holds four booleans.")
def test_one_unit(collapse, line_facts):
    import numpy as np
    got = collapse(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), 0.0, 1.0)
    assert got is not None, 'collapse(...) returned None: expected the pair (intercept, slope)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'collapse should return (intercept, slope)'
    intercept, slope = got
    assert np.shape(intercept) == () and np.shape(slope) == (), 'intercept and slope should be single numbers'
    assert abs(intercept - 7) < 1e-09, f'intercept: expected 7, got {intercept}'
    assert abs(slope - 8) < 1e-09, f'slope: expected 8, got {slope}'
    assert isinstance(line_facts, dict), 'line_facts should be a dictionary'
    keys = ['more_units_more_joints', 'identity_reaches_every_line']
    keys += ['affine_reaches_more', 'flat_when_psi1_is_zero']
    for key in keys:
        assert isinstance(line_facts.get(key), bool), f'line_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some parameters your line is not the function that the network computes. Evaluate one at a few x and compare.")
def test_line_equals_network(collapse):
    import numpy as np
    rng = np.random.default_rng(31)
    x = np.linspace(-5, 5, 100)
    cases = []
    for d in (1, 1, 2, 3, 7, 20):
        for psi in ((0.0, 1.0), (0.7, -1.3), (-2.0, 0.0), (0.0, 0.0), (3.0, 0.25)):
            cases.append((rng.normal(size=d + 1), rng.normal(size=(d, 2)), *psi))
    cases.append((np.zeros(4), np.ones((3, 2)), 1.5, 2.0))
    cases.append((np.array([2, -3, 5]), np.array([[1, -4], [0, 7]]), 2, -3))
    cases.append((np.arange(10.0)[::2], np.asfortranarray(rng.normal(size=(4, 2))), 1000000.0, -1000000.0))
    for phi, theta, psi0, psi1 in cases:
        intercept, slope = collapse(phi, theta, psi0, psi1)
        network = np.full(100, float(phi[0]))
        size = 1.0
        for k in range(len(theta)):
            network = network + phi[k + 1] * (psi0 + psi1 * (theta[k, 0] + theta[k, 1] * x))
            size += abs(phi[k + 1]) * (abs(psi0) + 10 * abs(psi1) * np.abs(theta[k]).sum())
        assert np.abs(intercept + slope * x - network).max() <= 1e-12 * size

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about straight-line activations is decided wrongly.")
def test_line_facts(line_facts):
    import numpy as np
    x = np.linspace(-3, 3, 61)
    rng = np.random.default_rng(1)
    bends, lines_missed, spread = (0.0, 0.0, 0.0)
    for _ in range(20):
        phi, theta, psi = (rng.normal(size=51), rng.normal(size=(50, 2)), rng.normal(size=2))
        f = phi[0] + (psi[0] + psi[1] * (theta[:, :1] + theta[:, 1:] * x)).T @ phi[1:]
        bends = max(bends, np.abs(np.diff(f, 2)).max())
        line = np.polyfit(x, f, 1)
        one_unit = line[1] + 1.0 * (0.0 + line[0] * x)
        lines_missed = max(lines_missed, np.abs(one_unit - f).max())
        flat = phi[0] + (psi[0] + 0.0 * (theta[:, :1] + theta[:, 1:] * x)).T @ phi[1:]
        spread = max(spread, np.ptp(flat))
    assert line_facts['more_units_more_joints'] is bool(bends > 1e-06)
    assert line_facts['identity_reaches_every_line'] is bool(lines_missed < 1e-06)
    assert line_facts['affine_reaches_more'] is bool(lines_missed > 1e-06)
    assert line_facts['flat_when_psi1_is_zero'] is bool(spread < 1e-06)

