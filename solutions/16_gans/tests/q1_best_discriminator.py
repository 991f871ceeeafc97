from otter.test_files import test_case

OK_FORMAT = False

name = "q1_best_discriminator"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For p = (1/2, 1/2), q = (1/4, 3/4), d = (1/2, 1/4) and the weight 2 the objective is -2.4685; the best discriminator is an array of shape (K,).")
def test_two_values(objective, best_discriminator):
    import numpy as np
    p, q = (np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    got = objective(p, q, np.array([0.5, 0.25]), 2.0)
    assert got is not None, 'objective(...) returned None: expected a float'
    assert np.shape(got) == (), f'objective: expected a single number, got shape {np.shape(got)}'
    assert abs(got + 2.46849) < 0.0001, f'objective: expected -2.4685, got {got}'
    best = best_discriminator(p, p, 1.0)
    assert best is not None, 'best_discriminator(...) returned None: expected an array of shape (K,)'
    assert np.shape(best) == (2,), f'best_discriminator: expected shape (2,), got {np.shape(best)}'
    assert np.allclose(best, 0.5), f'best_discriminator: for p = q and weight 1 expected 0.5 everywhere, got {best}'

@test_case(points=1, hidden=True, 
    failure_message="The objective is wrong for some probabilities. Look at values that never occur, and at a discriminator that is certain.")
def test_objective_term_by_term(objective):
    import math
    import numpy as np
    rng = np.random.default_rng(161)
    cases = []
    for k in (1, 2, 5, 30):
        p, q = (rng.dirichlet(np.ones(k)), rng.dirichlet(np.full(k, 0.3)))
        cases.append((p, q, rng.uniform(0.01, 0.99, size=k)))
    cases.append((np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.array([0.0, 0.25])))
    cases.append((np.array([0.5, 0.5]), np.array([0.0, 1.0]), np.array([1.0, 0.75])))
    cases.append((np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 0.0])))
    cases.append((np.array([0.7, 0.3, 0.0]), np.array([0.2, 0.8, 0.0]), np.array([0.5, 0.25, 1.0])))
    for p, q, d in cases:
        for w in (1.0, 0.25, 3.5):
            terms = [w * a * math.log(c) for a, c in zip(p, d) if a] + [b * math.log(1 - c) for b, c in zip(q, d) if b]
            assert abs(objective(p, q, d, w) - math.fsum(terms)) < 1e-11
    half = np.array([0.5, 0.5])
    for wrong in ([0.0, 0.5], [0.5, 1.0], [1.0, 0.0]):
        assert objective(half, half, np.array(wrong), 1.0) == -math.inf
    assert objective(np.array([1.0, 0.0]), half, np.array([0.0, 0.5]), 2.0) == -math.inf

@test_case(points=1, hidden=True, 
    failure_message="Some other discriminator reaches a larger objective than yours, or a value that never occurs does not get one half.")
def test_nothing_beats_it(best_discriminator):
    import numpy as np
    import torch
    rng = np.random.default_rng(162)
    for k, w in ((1, 1.0), (1, 3.0), (2, 0.5), (6, 1.0), (6, 7.0), (40, 0.01)):
        p, q = (rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k)))
        d = np.asarray(best_discriminator(p, q, w), dtype=np.float64)
        assert d.shape == (k,) and (d > 0).all() and (d < 1).all()
        s = torch.logit(torch.tensor(d)).requires_grad_()
        value = w * (torch.tensor(p) * torch.nn.functional.logsigmoid(s)).sum()
        value = value + (torch.tensor(q) * torch.nn.functional.logsigmoid(-s)).sum()
        value.backward()
        assert s.grad.abs().max() < 1e-12
    got = best_discriminator(np.array([0.0, 0.4, 0.6, 0.0]), np.array([0.9, 0.0, 0.1, 0.0]), 2.0)
    assert np.isfinite(got).all()
    assert got[0] == 0 and got[1] == 1 and (got[3] == 0.5) and (0.5 < got[2] < 1)
    assert np.allclose(best_discriminator(np.array([0.0]), np.array([0.0]), 5.0), [0.5])

