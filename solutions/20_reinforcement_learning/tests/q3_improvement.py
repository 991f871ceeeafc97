from otter.test_files import test_case

OK_FORMAT = False

name = "q3_improvement"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With q = (0, 1) the new policy takes the second action; in the loop with gamma 1/2 the chain begins with 0, 1, 1.5; loop_values gives three numbers and improvement_facts holds six booleans.")
def test_loop(improve_at, improvement_chain, loop_values, improvement_facts):
    import numpy as np
    got = improve_at(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), 0)
    assert got is not None, 'improve_at(...) returned None: expected an array of shape (1, 2)'
    assert np.shape(got) == (1, 2), f'improve_at: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[0, 1]]), f'improve_at: expected [[0, 1]], got {np.asarray(got).tolist()}'
    P, R = (np.ones((1, 2, 1)), np.array([[0.0, 1.0]]))
    got = improvement_chain(P, R, np.array([[0.0, 1.0]]), np.zeros(1), 0.5, 2)
    assert got is not None, 'improvement_chain(...) returned None: expected an array of shape (3, 1)'
    assert np.shape(got) == (3, 1), f'improvement_chain: expected shape (3, 1), got {np.shape(got)}'
    assert np.allclose(got, [[0], [1], [1.5]]), f'expected the rows [0], [1], [1.5], got {np.asarray(got).tolist()}'
    got = loop_values(0.5)
    assert got is not None, 'loop_values(...) returned None: expected three floats'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'loop_values: expected three floats in a tuple'
    assert isinstance(improvement_facts, dict), 'improvement_facts should be a dictionary'
    keys = ('equal', 'at_least', 'others_keep', 'others_never_lose', 'equal_without_return', 'reward_is_enough')
    for key in keys:
        fact = improvement_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f'improvement_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Changing one state after the other by your improve_at does not lead to the best policy, or it changes more than it should. Which row changes, what decides, and what becomes of ties and of the given arrays?")
def test_improvement_reaches_the_best(improve_at):
    from itertools import product
    import numpy as np

    def values(P, R, pi, gamma):
        rows = range(len(R))
        A = np.eye(len(R)) - gamma * np.array([sum((pi[s, a] * P[s, a] for a in range(R.shape[1]))) for s in rows])
        return np.linalg.solve(A, np.array([pi[s] @ R[s] for s in rows]))
    rng = np.random.default_rng(2004)
    for states, actions, gamma in ((1, 2, 0.9), (3, 1, 0.5), (3, 3, 0.95), (4, 2, 0.0), (4, 3, 0.99)):
        P = rng.dirichlet(np.full(states, 0.3), size=(states, actions))
        R = rng.normal(size=(states, actions))
        pi = rng.dirichlet(np.ones(actions), size=states)
        for s in list(range(states)) * 8:
            v = values(P, R, pi, gamma)
            q = R + gamma * P @ v
            new = improve_at(pi, q, s)
            others = np.arange(states) != s
            assert new.shape == pi.shape and np.array_equal(new[others], pi[others])
            assert sorted(new[s].tolist()) == [0.0] * (actions - 1) + [1.0]
            assert new[s] @ q[s] == q[s].max()
            pi = new
        best = [values(P, R, np.eye(actions)[list(choice)], gamma) for choice in product(range(actions), repeat=states)]
        assert np.abs(values(P, R, pi, gamma) - np.max(best, axis=0)).max() <= 1e-08
    tied = improve_at(np.full((2, 4), 0.25), np.array([[1.0, 3.0, 3.0, 2.0], [-1.0, -1.0, -1.0, -2.0]]), 0)
    assert tied.tolist() == [[0.0, 1.0, 0.0, 0.0], [0.25] * 4]
    tied = improve_at(np.full((2, 4), 0.25), np.array([[1.0, 3.0, 3.0, 2.0], [-1.0, -1.0, -1.0, -2.0]]), 1)
    assert tied.tolist() == [[0.25] * 4, [1.0, 0.0, 0.0, 0.0]]

    def left_as_it_is(improve):
        import numpy as np
        pi = np.full((2, 2), 0.5)
        improve(pi, np.array([[0.0, 1.0], [2.0, 3.0]]), 1)
        return pi.tolist()
    assert inside(left_as_it_is)(improve_at) == [[0.5, 0.5], [0.5, 0.5]]

@test_case(points=1, hidden=True, 
    failure_message="The chain, or the example of the loop, is wrong. Row k is worth k steps with the new policy and the old values afterwards.")
def test_chain_by_step(improvement_chain, loop_values):
    import numpy as np
    rng = np.random.default_rng(2005)
    for states, actions, gamma, k in ((1, 1, 0.9, 0), (2, 3, 0.0, 3), (3, 2, 0.7, 5), (5, 3, 1.0, 8)):
        P = rng.dirichlet(np.ones(states), size=(states, actions))
        R, v = (rng.normal(size=(states, actions)), rng.normal(size=states))
        pi = rng.dirichlet(np.ones(actions), size=states)
        got = improvement_chain(P, R, pi, v, gamma, k)
        assert got.shape == (k + 1, states)
        for steps in range(k + 1):
            for s in range(states):
                where, expected = (np.eye(states)[s], 0.0)
                for t in range(steps):
                    both = where[:, None] * pi
                    expected += gamma ** t * (both * R).sum()
                    where = np.tensordot(both, P, 2)
                expected += gamma ** steps * where @ v
                assert abs(got[steps, s] - expected) <= 1e-11
    for gamma in (0.0, 0.3, 0.9, 0.99):
        old, promised, new = loop_values(gamma)
        series = sum((gamma ** t for t in range(5000)))
        assert abs(old) <= 1e-12 and abs(promised - 1) <= 1e-12 and (abs(new - series) <= 1e-08)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the improved policy is decided wrongly.")
def test_improvement_facts(improvement_facts):
    import numpy as np
    keys = ('equal', 'at_least', 'others_keep', 'others_never_lose', 'equal_without_return', 'reward_is_enough')
    facts = dict.fromkeys(keys, True)
    rng = np.random.default_rng(2006)
    for trial in range(150):
        P = rng.dirichlet(np.full(4, 0.5), size=(4, 3))
        if trial % 2:
            P[..., 0] = 0
            P /= P.sum(axis=2, keepdims=True)
        R, gamma = (rng.normal(size=(4, 3)), rng.uniform())
        pi = rng.dirichlet(np.ones(3), size=4)

        def values(pi):
            return np.linalg.solve(np.eye(4) - gamma * np.einsum('sa,sat->st', pi, P), (pi * R).sum(axis=1))
        v = values(pi)
        q = R + gamma * P @ v
        new, greedy = (pi.copy(), pi.copy())
        new[0], greedy[0] = (np.eye(3)[q[0].argmax()], np.eye(3)[R[0].argmax()])
        w = values(new)
        same = abs(w[0] - q[0].max()) < 1e-10
        facts['equal'] &= same
        facts['at_least'] &= w[0] >= q[0].max() - 1e-10
        facts['others_keep'] &= np.abs(w - v)[1:].max() < 1e-10
        facts['others_never_lose'] &= (w - v)[1:].min() >= -1e-10
        facts['equal_without_return'] &= same or not trial % 2
        facts['reward_is_enough'] &= values(greedy)[0] >= v[0] - 1e-10
    for key in keys:
        assert bool(improvement_facts[key]) is bool(facts[key])

