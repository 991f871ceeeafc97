from otter.test_files import test_case

OK_FORMAT = False

name = "q7_temperature"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Values 0 and ln 3 at temperature 1 give 1/4 and 3/4 and the slope 3/16 times the square of ln 3; temperature_facts holds seven booleans.")
def test_two_actions(boltzmann, entropy_slope, matching_temperature, temperature_facts):
    import math
    import numpy as np
    got = boltzmann(np.array([[0.0, math.log(3)]]), 1.0)
    assert got is not None, 'boltzmann(...) returned None: expected an array of shape (1, 2)'
    assert np.shape(got) == (1, 2), f'boltzmann: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[0.25, 0.75]]), f'boltzmann: expected [[0.25, 0.75]], got {np.asarray(got).tolist()}'
    got = entropy_slope(np.array([0.0, math.log(3)]), 1.0)
    assert got is not None, 'entropy_slope(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 3 * math.log(3) ** 2 / 16), f'expected 3/16 (ln 3)^2, got {got}'
    got = matching_temperature(math.log(3), 3.0)
    assert got is not None, 'matching_temperature(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 1), f'matching_temperature(ln 3, 3): expected 1, got {got}'
    assert isinstance(temperature_facts, dict), 'temperature_facts should be a dictionary'
    for key in ('hot', 'cold', 'shift', 'scale', 'entropy', 'best', 'others'):
        fact = temperature_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f'temperature_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some probabilities are wrong, or not finite for large values and low temperatures. Each state is a matter of its own.")
def test_like_softmax(boltzmann):
    import numpy as np
    import torch
    rng = np.random.default_rng(2015)
    for states, actions in ((1, 1), (1, 4), (3, 1), (5, 3), (4, 4)):
        for tau in (0.001, 0.3, 1.0, 20.0, 1000000.0):
            for offset in (0.0, 1000.0, -1000.0):
                q = rng.normal(size=(states, actions)) + offset + np.arange(states)[:, None]
                got = boltzmann(q, tau)
                expected = torch.softmax(torch.from_numpy(q / tau), dim=1).numpy()
                assert np.shape(got) == (states, actions) and np.abs(got - expected).max() <= 1e-08
    got = boltzmann(np.array([[1.0, 4.0, 4.0], [2.0, 2.0, 2.0]]), 0.001)
    assert np.abs(got - [[0, 0.5, 0.5], [1 / 3] * 3]).max() <= 1e-12

@test_case(points=1, hidden=True, 
    failure_message="The slope of the entropy, or the temperature for given odds, is wrong.")
def test_slope_and_odds(entropy_slope, matching_temperature):
    import numpy as np
    import torch
    rng = np.random.default_rng(2016)
    for actions in (1, 2, 3, 6):
        for temperature in (0.2, 0.7, 1.3, 5.0):
            q = rng.normal(size=actions) + 2
            tau = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
            log_pi = torch.log_softmax(torch.from_numpy(q) / tau, dim=0)
            entropy = -(log_pi.exp() * log_pi).sum()
            expected, = torch.autograd.grad(entropy, tau)
            assert abs(entropy_slope(q, temperature) - expected.item()) <= 1e-10
    for gap in (0.01, 1.0, 40.0):
        for odds in (1.001, 2.0, 1000000.0):
            pair = torch.softmax(torch.tensor([gap, 0.0], dtype=torch.float64) / matching_temperature(gap, odds), dim=0)
            assert abs(pair[0] / pair[1] / odds - 1) <= 1e-08

@test_case(points=1, hidden=True, 
    failure_message="At least one of the seven statements about the temperature is decided wrongly.")
def test_temperature_facts(temperature_facts):
    import numpy as np
    import torch

    def policy(q, tau):
        return torch.softmax(torch.tensor(q) / tau, dim=0).numpy()
    keys = ('hot', 'cold', 'shift', 'scale', 'entropy', 'best', 'others')
    facts = dict.fromkeys(keys, True)
    rng = np.random.default_rng(2017)
    for _ in range(60):
        q = rng.integers(-3, 4, size=4).astype(float)
        best, tau = (q == q.max(), rng.uniform(0.3, 2))
        low, high = (policy(q, tau), policy(q, tau * rng.uniform(1.01, 3)))
        facts['hot'] &= bool(np.allclose(policy(q, 1000000000.0), 0.25))
        facts['cold'] &= bool(np.allclose(policy(q, 0.001), best / best.sum()))
        facts['shift'] &= bool(np.allclose(policy(q + 5, tau), low))
        facts['scale'] &= bool(np.allclose(policy(3 * q, tau), low))
        facts['entropy'] &= bool(-(low * np.log(low)).sum() <= -(high * np.log(high)).sum() + 1e-12)
        facts['best'] &= bool((high - low)[best].max() <= 1e-12)
        facts['others'] &= bool((high - low)[~best].min(initial=0) >= -1e-12)
    for key in keys:
        assert bool(temperature_facts[key]) is facts[key]

