from otter.test_files import test_case

OK_FORMAT = False

name = "q12_shrinking_weights"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="From length 2 with eta = 1, lam = 1/2 and G = 1, one step leads to 1.118; without a gradient to 1; decay_facts holds six booleans.")
def test_one_step(decay_only_norm, norm_path, equilibrium_norm, equilibrium_angle, decay_facts):
    import numpy as np
    got = decay_only_norm(2.0, 1.0, 0.5, 1)
    assert got is not None, 'decay_only_norm(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1) < 1e-09, f'decay_only_norm(2, 1, 0.5, 1): expected 1, got {got}'
    got = norm_path(2.0, 1.0, 0.5, 1.0, 1)
    assert got is not None, 'norm_path(...) returned None: expected a list of floats'
    assert np.shape(got) == (2,), f'norm_path: expected 2 lengths for one step, got shape {np.shape(got)}'
    assert abs(got[0] - 2) < 1e-09, f'norm_path should begin with the first length, 2, got {got[0]}'
    assert abs(got[1] - 1.25 ** 0.5) < 1e-09, f'norm_path: expected 1.118 after a step, got {got[1]}'
    for name, got in (('norm', equilibrium_norm(0.5, 1.0, 1.0)), ('angle', equilibrium_angle(0.5, 1.0))):
        assert got is not None, f'equilibrium_{name}(...) returned None: expected a float'
        assert np.shape(got) == () and got > 0, f'equilibrium_{name} should be one positive number, got {got}'
    assert isinstance(decay_facts, dict), 'decay_facts should be a dictionary'
    keys = ['costs_the_fit', 'shrinks_for_ever', 'start_is_forgotten', 'stronger_turns_faster']
    for key in [*keys, 'rate_in_disguise', 'vanishes_without_gradient']:
        assert isinstance(decay_facts.get(key), bool), f'decay_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The lengths are not those of gradient descent on vectors. The gradient is orthogonal to w, and its length depends on that of w.")
def test_lengths_of_vectors(decay_only_norm, norm_path):
    import numpy as np
    rng = np.random.default_rng(1218)
    for start, eta, lam, G, steps in ((2.0, 0.1, 0.5, 4.0, 30), (0.3, 0.5, 1.2, 0.01, 10), (5.0, 0.2, 0.0, 9.0, 6)):
        w = rng.normal(size=8)
        alone = w = start * w / np.linalg.norm(w)
        lengths = [start]
        for _ in range(steps):
            g = rng.normal(size=8)
            g -= w * (g @ w) / (w @ w)
            g *= np.sqrt(G) / np.linalg.norm(w) / np.linalg.norm(g)
            w, alone = (w - eta * (g + lam * w), alone - eta * lam * alone)
            lengths.append(np.linalg.norm(w))
        got = norm_path(start, eta, lam, G, steps)
        assert np.shape(got) == (steps + 1,) and np.allclose(got, lengths, rtol=1e-10, atol=0)
        assert np.isclose(decay_only_norm(start, eta, lam, steps), np.linalg.norm(alone), rtol=1e-10, atol=0)
        assert np.shape(norm_path(start, eta, lam, G, 0)) == (1,)
        assert decay_only_norm(start, eta, lam, 0) == start
    still = norm_path(3.0, 0.4, 0.5, 0.0, 12)
    assert np.allclose(still, 3.0 * 0.8 ** np.arange(13), rtol=1e-10, atol=0)

@test_case(points=2, hidden=True, 
    failure_message="A step from your length does not keep it, or turns w by another angle. Solve for the length exactly, and mind the factor in the penalty.")
def test_step_at_equilibrium(equilibrium_norm, equilibrium_angle):
    import numpy as np
    for eta, lam, G in ((0.1, 0.5, 4.0), (1.0, 0.9, 1.0), (0.5, 0.001, 30.0), (2.0, 0.25, 0.0001), (0.001, 5.0, 2.0)):
        norm = equilibrium_norm(eta, lam, G)
        assert np.shape(norm) == () and norm > 0
        w = np.array([norm, 0.0])
        after = w - eta * (np.array([0.0, np.sqrt(G) / norm]) + lam * w)
        assert abs(np.hypot(*after) / norm - 1) <= 1e-12
        angle = np.arctan2(abs(after[1]), after[0])
        assert np.shape(equilibrium_angle(eta, lam)) == () and abs(equilibrium_angle(eta, lam) - angle) <= 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the penalty is decided wrongly.")
def test_decay_facts(decay_facts):
    import numpy as np

    def length(start, eta, lam, G, steps):
        for _ in range(steps):
            start = np.hypot((1 - eta * lam) * start, eta * np.sqrt(G) / start)
        return start

    def turn(norm, eta, lam, G=1.0):
        return np.arctan2(eta * np.sqrt(G) / norm, (1 - eta * lam) * norm)
    angles, lengths = (np.linspace(-np.pi, np.pi, 721), np.logspace(-6, 1, 71))
    loss = 1.3 - np.cos(angles - 0.7) + 0.2 * np.sin(3 * angles)
    total = loss[:, None] + 0.5 * 0.8 * lengths ** 2
    best = loss[np.unravel_index(total.argmin(), total.shape)[0]]
    ends = [length(start, 0.3, 0.4, 2.0, 600) for start in (0.01, 1.0, 50.0)]
    weak, strong = (turn(length(1.0, 0.3, lam, 2.0, 3000), 0.3, lam, 2.0) for lam in (0.1, 0.6))
    found = {'costs_the_fit': best > loss.min() + 1e-09, 'shrinks_for_ever': max(ends) < 0.1, 'start_is_forgotten': np.ptp(ends) < 1e-06, 'stronger_turns_faster': strong > weak, 'rate_in_disguise': abs(turn(0.6, 0.2 / 4, 0.0) - turn(1.2, 0.2, 0.0)) < 1e-09, 'vanishes_without_gradient': length(2.0, 0.3, 0.4, 0.0, 600) < 1e-09}
    for key, fact in found.items():
        assert decay_facts[key] is bool(fact)

