from otter.test_files import test_case

OK_FORMAT = False

name = "q12_policy_gradient"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One state, two actions, theta = 0, baseline 1; action 1 with reward 5 gives (-2, 2). Two steps with rewards 1 and 2 in that state have the mean return to go 2.5.")
def test_one_walk(policy_gradients, state_baseline):
    import numpy as np
    got = policy_gradients(np.zeros((1, 2)), np.array([[0]]), np.array([[1]]), np.array([[5.0]]), np.ones(1))
    assert got is not None, 'policy_gradients(...) returned None: expected an array of shape (1, 1, 2)'
    assert np.shape(got) == (1, 1, 2), f'policy_gradients: expected shape (1, 1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[[-2, 2]]]), f'policy_gradients: expected [[[-2, 2]]], got {np.asarray(got).tolist()}'
    got = state_baseline(np.array([[0, 0]]), np.array([[1.0, 2.0]]), 2)
    assert got is not None, 'state_baseline(...) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'state_baseline: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [2.5, 0]), f'state_baseline: the returns to go are 3 and 2, got {np.asarray(got).tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The estimate of some walk is wrong. Which rewards weight which step, and whose baseline is it?")
def test_walks_by_autograd(policy_gradients):
    import numpy as np
    import torch
    rng = np.random.default_rng(2030)
    for N, T, S, A in ((1, 1, 1, 3), (3, 4, 2, 2), (4, 7, 5, 3), (2, 3, 3, 1)):
        theta, baseline = (rng.normal(size=(S, A)), rng.normal(size=S))
        states, actions = (rng.integers(0, S, size=(N, T)), rng.integers(0, A, size=(N, T)))
        rewards = rng.normal(size=(N, T))
        got = policy_gradients(theta, states, actions, rewards, baseline)
        assert np.shape(got) == (N, S, A)
        for n in range(N):
            t = torch.tensor(theta, requires_grad=True)
            log_pi = torch.log_softmax(t, dim=1)
            surrogate = 0 * t.sum()
            for i in range(T):
                s, a = (states[n, i], actions[n, i])
                surrogate = surrogate + (rewards[n, i:].sum() - baseline[s]) * log_pi[s, a]
            surrogate.backward()
            assert np.abs(got[n] - t.grad.numpy()).max() <= 1e-11

@test_case(points=2, hidden=True, 
    failure_message="Averaged over all possible walks, with their probabilities, your estimates are not the gradient of the expected return, or they are only for one baseline.")
def test_unbiased(policy_gradients):
    from itertools import product
    import numpy as np
    import torch
    rng = np.random.default_rng(2031)
    for S, A, T in ((2, 2, 3), (3, 2, 2), (1, 3, 2)):
        theta, R = (rng.normal(size=(S, A)), rng.normal(size=(S, A)) + 2)
        p0, P = (rng.dirichlet(np.ones(S)), rng.dirichlet(np.ones(S), size=(S, A)))
        t = torch.tensor(theta, requires_grad=True)
        pi, v = (torch.softmax(t, dim=1), torch.zeros(S, dtype=torch.float64))
        for _ in range(T):
            v = (pi * (torch.tensor(R) + torch.tensor(P) @ v)).sum(dim=1)
        (torch.tensor(p0) @ v).backward()
        pi = pi.detach().numpy()
        walks = list(product(product(range(S), range(A)), repeat=T))
        chances = np.array([p0[walk[0][0]] * np.prod([pi[pair] for pair in walk]) for walk in walks])
        chances *= [np.prod([P[walk[i]][walk[i + 1][0]] for i in range(T - 1)]) for walk in walks]
        states, actions = np.array(walks).transpose(2, 0, 1)
        for baseline in (np.zeros(S), rng.normal(size=S) * 10):
            got = policy_gradients(theta, states, actions, R[states, actions], baseline)
            assert np.abs(np.tensordot(chances, got, 1) - t.grad.numpy()).max() <= 1e-10

@test_case(points=1, hidden=True, 
    failure_message="The baseline from the batch is wrong for some state. Every visit counts once, in whatever walk and at whatever step.")
def test_baseline_by_visits(state_baseline):
    import numpy as np
    rng = np.random.default_rng(2032)
    for N, T, S in ((1, 1, 1), (1, 6, 3), (5, 4, 4), (3, 3, 20)):
        states, rewards = (rng.integers(0, S, size=(N, T)), rng.normal(size=(N, T)))
        found = {s: [] for s in range(S)}
        for n in range(N):
            for t in range(T):
                found[states[n, t]].append(sum(rewards[n, t:]))
        expected = [np.mean(found[s]) if found[s] else 0.0 for s in range(S)]
        got = state_baseline(states, rewards, S)
        assert np.shape(got) == (S,) and np.abs(got - expected).max() <= 1e-12

