from otter.test_files import test_case

OK_FORMAT = False

name = "q5_backup"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="One state, rewards 0 and 1, gamma 1/2 and the table (4, 2) give (2, 3); worst_pair returns two tables, and backup_facts holds seven booleans.")
def test_one_state(backup, shrinkage, worst_pair, backup_facts):
    import numpy as np
    R, P = (np.array([[0.0, 1.0]]), np.ones((1, 2, 1)))
    got = backup(np.array([[4.0, 2.0]]), R, P, 0.5)
    assert got is not None, 'backup(...) returned None: expected an array of shape (1, 2)'
    assert np.shape(got) == (1, 2), f'backup: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[2, 3]]), f'backup: expected [[2, 3]], got {np.asarray(got).tolist()}'
    got = shrinkage(np.array([[4.0, 2.0]]), np.array([[0.0, 2.0]]), R, P, 0.5)
    assert got is not None, 'shrinkage(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 0.25), f'the distances are 4 and 1: expected 1/4, got {got}'
    got = worst_pair(2, 3)
    assert got is not None, 'worst_pair(2, 3) returned None: expected two arrays of shape (2, 3)'
    assert len(got) == 2, 'worst_pair: expected two arrays'
    assert np.shape(got[0]) == np.shape(got[1]) == (2, 3), 'worst_pair(2, 3): both tables should have shape (2, 3)'
    assert isinstance(backup_facts, dict), 'backup_facts should be a dictionary'
    keys = ('strictly_for_all', 'at_most', 'maxima', 'first_maximum_only', 'other_successors', 'undiscounted', 'averaged')
    for key in keys:
        assert isinstance(backup_facts.get(key), (bool, np.bool_)), f'backup_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some backup is wrong, or repeating it does not lead to the values of the best policy. Over what is the maximum taken, and at which state?")
def test_backup_and_its_fixed_point(backup):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(2010)
    for states, actions, gamma in ((1, 1, 0.9), (1, 3, 0.0), (3, 1, 0.5), (3, 3, 0.8), (4, 2, 0.6)):
        P = rng.dirichlet(np.full(states, 0.4), size=(states, actions))
        R, q = (rng.normal(size=(states, actions)), rng.normal(size=(states, actions)))
        got = backup(q, R, P, gamma)
        assert np.shape(got) == (states, actions)
        for s, a in product(range(states), range(actions)):
            expected = sum((P[s, a, t] * (R[s, a] + gamma * max(q[t])) for t in range(states)))
            assert abs(got[s, a] - expected) <= 1e-12
        best = np.full(states, -np.inf)
        for choice in product(range(actions), repeat=states):
            rows = (np.arange(states), list(choice))
            best = np.maximum(best, np.linalg.solve(np.eye(states) - gamma * P[rows], R[rows]))
        for _ in range(130):
            q = backup(q, R, P, gamma)
        assert np.abs(q.max(axis=1) - best).max() <= 0.0001

@test_case(points=1, hidden=True, 
    failure_message="The share of the distance is wrong for some tables, or the pair of worst_pair comes closer than by the factor gamma.")
def test_shrinkage(shrinkage, worst_pair):
    import numpy as np
    rng = np.random.default_rng(2011)
    for states, actions, gamma in ((1, 1, 0.9), (1, 4, 0.5), (4, 1, 0.99), (3, 3, 0.0), (5, 2, 1.0), (3, 4, 0.7)):
        P = rng.dirichlet(np.full(states, 0.4), size=(states, actions))
        R = rng.normal(size=(states, actions))
        for scale in (1e-06, 1.0, 1000000.0):
            q1, q2 = scale * rng.normal(size=(2, states, actions))
            lists = [[R[s, a] + gamma * P[s, a] @ [max(row) for row in q] for s in range(states) for a in range(actions)] for q in (q1, q2)]
            expected = max((abs(x - y) for x, y in zip(*lists))) / max((abs(x) for x in (q1 - q2).ravel()))
            assert abs(shrinkage(q1, q2, R, P, gamma) - expected) <= 1e-08
        assert shrinkage(q1, q1.copy(), R, P, gamma) == 0
        low, high = worst_pair(states, actions)
        assert np.shape(low) == np.shape(high) == (states, actions)
        after = [R + gamma * P @ np.max(q, axis=1) for q in (low, high)]
        before = np.abs(np.subtract(low, high)).max()
        assert before > 1e-09 and abs(np.abs(after[0] - after[1]).max() / before - gamma) <= 1e-06

@test_case(points=1, hidden=True, 
    failure_message="At least one of the seven statements about backups is decided wrongly.")
def test_backup_facts(backup_facts):
    import numpy as np
    keys = ('strictly_for_all', 'at_most', 'maxima', 'first_maximum_only', 'other_successors', 'undiscounted', 'averaged')
    facts = dict.fromkeys(keys, True)
    rng = np.random.default_rng(2012)
    for trial in range(200):
        P1, P2 = rng.dirichlet(np.full(4, 0.3), size=(2, 4, 3))
        R, gamma, rate = (rng.normal(size=(4, 3)), rng.uniform(), rng.uniform())
        q1, q2 = rng.normal(size=(2, 4, 3))
        if trial % 3 == 0:
            q2 = q1 + trial % 2
        before = np.abs(q1 - q2).max()
        f1, f2 = (R + gamma * P1 @ q.max(axis=1) for q in (q1, q2))
        after = np.abs(f1 - f2).max()
        facts['strictly_for_all'] &= bool(after < gamma * before - 1e-09)
        facts['at_most'] &= bool(after <= gamma * before + 1e-09)
        facts['maxima'] &= bool(np.abs(q1.max(axis=1) - q2.max(axis=1)).max() <= before + 1e-09)
        facts['first_maximum_only'] &= bool(abs(np.abs(q1.max(axis=1)[:, None] - q2).max() - before) <= 1e-09)
        other = R + gamma * P2 @ q2.max(axis=1)
        facts['other_successors'] &= bool(np.abs(f1 - other).max() <= gamma * before + 1e-09)
        whole = np.abs(P1 @ (q1.max(axis=1) - q2.max(axis=1))).max()
        facts['undiscounted'] &= bool(whole <= (1 - 1e-09) * before)
        mixed = np.abs((1 - rate) * (q1 - q2) + rate * (f1 - f2)).max()
        facts['averaged'] &= bool(mixed <= (1 - rate * (1 - gamma)) * before + 1e-09)
    for key in keys:
        assert bool(backup_facts[key]) is facts[key]

