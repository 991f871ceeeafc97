from otter.test_files import test_case

OK_FORMAT = False

name = "q5_optimal_transport"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For n = 1 the matrix is a column of two ones; from (1, 0) to (1/4, 3/4) with C_12 = 2 the distance is 1.5.")
def test_two_places(transport_constraints, earth_mover):
    import numpy as np
    got = transport_constraints(1)
    assert got is not None, 'transport_constraints(1) returned None: expected an array'
    assert np.shape(got) == (2, 1), f'transport_constraints(1): expected shape (2, 1), got {np.shape(got)}'
    assert np.allclose(got, 1), f'transport_constraints(1): expected [[1], [1]], got {np.asarray(got).tolist()}'
    got = earth_mover(np.array([1.0, 0.0]), np.array([0.25, 0.75]), np.array([[0.0, 2.0], [8.0, 0.0]]))
    assert got is not None, 'earth_mover(...) returned None: expected (distance, plan)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'earth_mover should return (distance, plan)'
    distance, plan = got
    assert np.shape(distance) == (), 'earth_mover: the distance should be a single number'
    assert abs(distance - 1.5) < 1e-09, f'earth_mover: expected the distance 1.5, got {distance}'
    assert np.shape(plan) == (2, 2), f'earth_mover: expected a plan of shape (2, 2), got {np.shape(plan)}'

@test_case(points=1.5, hidden=True, 
    failure_message="The matrix does not give the sums of every plan in the order that is asked for. Try a plan that is not symmetric.")
def test_sums_of_plans(transport_constraints):
    import numpy as np
    rng = np.random.default_rng(171)
    for n in (1, 2, 3, 4, 5, 7):
        a = transport_constraints(n)
        assert np.shape(a) == (2 * n, n * n) and np.asarray(a).dtype == np.float64
        for _ in range(3):
            plan = rng.uniform(size=(n, n))
            stacked = [plan[i, j] for j in range(n) for i in range(n)]
            sums = [sum((plan[i, j] for j in range(n))) for i in range(n)]
            sums += [sum((plan[i, j] for i in range(n))) for j in range(n)]
            assert np.allclose(a @ np.array(stacked), sums, rtol=0, atol=1e-12)
        assert np.count_nonzero(a) == 2 * n * n and np.linalg.matrix_rank(a) == 2 * n - 1

@test_case(points=1.5, hidden=True, 
    failure_message="There is a cheaper plan than yours, or your distance is smaller than that of any plan. Costs need not be symmetric.")
def test_all_plans(earth_mover):
    from itertools import permutations
    import numpy as np
    rng = np.random.default_rng(172)
    for n in (1, 2, 3, 4, 4, 5):
        for total in (1, 4, 6):
            start, end = np.sort(rng.integers(n, size=(2, total)), axis=1)
            p, q = (np.bincount(places, minlength=n).astype(np.float64) for places in (start, end))
            cost = rng.uniform(size=(n, n)) * rng.integers(1, 4, size=(n, n))
            orders = np.array(list(permutations(range(total))))
            best = cost[start, end[orders]].sum(axis=1).min()
            for scale in (1.0, 1 / total):
                distance, _ = earth_mover(scale * p, scale * q, cost)
                assert abs(distance - scale * best) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="The plan does not take all mass from p to q, or it does not cost what you say. P_ij goes from i to j.")
def test_plan_is_a_plan(earth_mover):
    import numpy as np
    rng = np.random.default_rng(173)
    places = np.arange(6.0)
    line = np.abs(places[:, None] - places)
    for n in (2, 3, 6):
        for cost in (rng.uniform(size=(n, n)), line[:n, :n], np.asfortranarray(rng.uniform(size=(n, n)))):
            p, q = (rng.dirichlet(np.ones(n)), rng.dirichlet(np.full(n, 0.4)))
            distance, plan = earth_mover(p, q, cost)
            plan = np.asarray(plan)
            assert plan.shape == (n, n) and plan.min() > -1e-09
            assert np.allclose(plan.sum(axis=1), p, atol=1e-09) and np.allclose(plan.sum(axis=0), q, atol=1e-09)
            assert abs((plan * cost).sum() - distance) < 1e-09
        p = rng.dirichlet(np.ones(n))
        distance, plan = earth_mover(p, p, line[:n, :n])
        assert abs(distance) < 1e-09 and np.allclose(plan, np.diag(p), atol=1e-09)

