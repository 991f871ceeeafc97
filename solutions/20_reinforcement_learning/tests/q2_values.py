from otter.test_files import test_case

OK_FORMAT = False

name = "q2_values"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="Two states with one action, rewards 1 and 2, gamma 1/2 - the values are 3 and 4, the action values too.")
def test_two_states(state_values, action_values):
    import numpy as np
    P = np.array([[[0, 1]], [[0, 1]]])
    R = np.array([[1.0], [2.0]])
    got = state_values(P, R, np.ones((2, 1)), 0.5)
    assert got is not None, 'state_values(...) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'state_values: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [3, 4]), f'state_values: expected [3, 4], got {np.asarray(got).tolist()}'
    got = action_values(P, R, np.array([3.0, 4.0]), 0.5)
    assert got is not None, 'action_values(...) returned None: expected an array of shape (2, 1)'
    assert np.shape(got) == (2, 1), f'action_values: expected shape (2, 1), got {np.shape(got)}'
    assert np.allclose(got, [[3], [4]]), f'action_values: expected [[3], [4]], got {np.asarray(got).tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="For some process the values are not the discounted sum of what the policy earns step by step.")
def test_values_as_series(state_values):
    import numpy as np
    rng = np.random.default_rng(2002)
    cases = [(1, 1, 0.0), (1, 3, 0.9), (2, 1, 0.99), (3, 2, 0.5), (4, 3, 0.95), (6, 2, 0.99), (5, 4, 0.0)]
    for states, actions, gamma in cases:
        P = rng.dirichlet(np.ones(states), size=(states, actions))
        P[-1] = np.eye(states)[-1]
        R = rng.normal(size=(states, actions))
        pi = rng.dirichlet(np.ones(actions), size=states)
        pi[0] = np.eye(actions)[-1]
        expected = np.zeros(states)
        for s in range(states):
            where, weight = (np.eye(states)[s], 1.0)
            while weight > 1e-14:
                both = where[:, None] * pi
                expected[s] += weight * (both * R).sum()
                where, weight = (np.tensordot(both, P, 2), weight * gamma)
        got = state_values(P, R, pi, gamma)
        assert np.shape(got) == (states,)
        assert np.abs(got - expected).max() <= 1e-10
    got = state_values(np.ones((1, 1, 1)), np.array([[1.0]]), np.ones((1, 1)), 0.999)
    assert abs(got[0] - 1000) <= 1e-06

@test_case(points=1, hidden=True, 
    failure_message="The action values are wrong. Their first step is the given action, and everything after it is worth v.")
def test_action_values_by_first_step(action_values):
    import numpy as np
    rng = np.random.default_rng(2003)
    for states, actions, gamma in ((1, 1, 0.9), (1, 4, 0.5), (3, 1, 0.0), (4, 4, 0.99), (5, 2, 1.0)):
        P = rng.dirichlet(np.ones(states), size=(states, actions))
        R, v = (rng.normal(size=(states, actions)), rng.normal(size=states))
        got = action_values(P, R, v, gamma)
        assert np.shape(got) == (states, actions)
        for s in range(states):
            for a in range(actions):
                expected = sum((P[s, a, s2] * (R[s, a] + gamma * v[s2]) for s2 in range(states)))
                assert abs(got[s, a] - expected) <= 1e-12

