from otter.test_files import test_case

OK_FORMAT = False

name = "q14_long_products"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One unit with W = 2 and nothing else has the derivatives 2, 4, 8.")
def test_one_unit(rnn_jacobian, grad_norms, long_facts):
    import torch
    zero = lambda *shape: torch.zeros(*shape, dtype=torch.float64)
    W = torch.tensor([[2.0]], dtype=torch.float64)
    got = rnn_jacobian(W, zero(1, 1), zero(1), zero(3, 1), zero(1))
    assert got is not None, 'rnn_jacobian(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor) and tuple(got.shape) == (1, 1), 'rnn_jacobian: expected a (1, 1) tensor'
    assert abs(got.item() - 8) < 1e-09, f'rnn_jacobian: expected 8, got {got.item()}'
    norms = grad_norms(W, zero(1, 1), zero(1), zero(3, 1), zero(1))
    assert norms is not None, 'grad_norms(...) returned None: expected a list'
    assert len(norms) == 3, f'grad_norms: expected 3 numbers, got {len(norms)}'
    assert all((abs(float(a) - e) < 1e-09 for a, e in zip(norms, (2, 4, 8)))), f'expected [2, 4, 8], got {list(norms)}'
    assert isinstance(long_facts, dict), 'long_facts should be a dictionary'
    keys = ['always_vanish', 'large_weights_always_explode', 'small_norm_always_vanishes']
    for key in [*keys, 'eigenvalues_below_one_never_grow', 'order_is_irrelevant', 'clipping_cures_vanishing']:
        assert isinstance(long_facts.get(key), bool), f'long_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some network the Jacobian is not that of autograd. Look at the order of the factors, the derivative of tanh, and T = 0.")
def test_jacobian_like_autograd(rnn_jacobian):
    import torch
    rng = torch.Generator().manual_seed(159)
    random = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64)
    for H, D, T in ((1, 1, 1), (3, 2, 4), (5, 1, 7), (4, 6, 12), (2, 2, 0), (6, 3, 2)):
        W, U, b, xs, h0 = (random(H, H) / H ** 0.5, random(D, H).T, random(H), random(T, D), random(H))

        def last(h):
            for x in xs:
                h = torch.tanh(W @ h + U @ x + b)
            return h * 1
        got = rnn_jacobian(W, U, b, xs, h0).detach()
        assert got.dtype == torch.float64 and tuple(got.shape) == (H, H)
        assert (got - torch.autograd.functional.jacobian(last, h0)).abs().max() < 1e-10

@test_case(points=1, hidden=True, 
    failure_message="The norms are not the spectral norms of the Jacobians step by step.")
def test_norms(grad_norms):
    import torch
    rng = torch.Generator().manual_seed(160)
    random = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64)
    for H, D, T in ((3, 2, 5), (1, 1, 3), (4, 4, 6)):
        W, U, b, xs, h0 = (random(H, H), random(H, D), random(H), random(T, D), random(H))
        got = grad_norms(W, U, b, xs, h0)
        assert len(got) == T
        for t in range(1, T + 1):

            def state(h):
                for x in xs[:t]:
                    h = torch.tanh(W @ h + U @ x + b)
                return h
            jacobian = torch.autograd.functional.jacobian(state, h0)
            norm = float(torch.linalg.eigvalsh(jacobian.T @ jacobian)[-1].clamp(min=0)) ** 0.5
            assert abs(got[t - 1] - norm) < 1e-06 * (1 + norm)
    assert grad_norms(random(2, 2), random(2, 1), random(2), random(0, 1), random(2)) == []
    Q = torch.linalg.qr(random(5, 5))[0]
    zero = torch.zeros(5, dtype=torch.float64)
    norms = grad_norms(1.01 * Q, random(5, 2), zero, torch.zeros(200, 2, dtype=torch.float64), zero)
    assert all((abs(norms[t - 1] / 1.01 ** t - 1) < 1e-09 for t in (1, 10, 100, 200)))

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about long products is decided wrongly. Try networks with few units.")
def test_long_facts(long_facts):
    import torch
    torch.manual_seed(161)
    random = lambda *shape: torch.randn(*shape, dtype=torch.float64)

    def norm_after(W, steps):
        h, J = (random(len(W)), torch.eye(len(W), dtype=torch.float64))
        for _ in range(steps):
            h = torch.tanh(W @ h + random(len(W)))
            J = (1 - h ** 2)[:, None] * (W @ J)
        return float(torch.linalg.matrix_norm(J, 2))
    linear = lambda W, steps: float(torch.linalg.matrix_norm(torch.linalg.matrix_power(W, steps), 2))
    Q = torch.linalg.qr(random(6, 6))[0]
    saturated = [norm_after(20 / 8 ** 0.5 * random(8, 8), 50) for _ in range(5)]
    contracted = [norm_after(0.95 * torch.linalg.qr(random(6, 6))[0], 300) for _ in range(5)]
    skewed = torch.tensor([[0.5, 10.0], [0.0, 0.5]], dtype=torch.float64)
    A, B = (random(3, 3), random(3, 3))
    g = torch.full((4,), 1e-12, dtype=torch.float64)
    clipped = g * min(1.0, float(1.0 / g.norm()))
    assert long_facts['always_vanish'] is (linear(Q, 1000) < 0.5)
    assert long_facts['large_weights_always_explode'] is (min(saturated) > 1)
    assert long_facts['small_norm_always_vanishes'] is (max(contracted) < 1e-05)
    assert long_facts['eigenvalues_below_one_never_grow'] is (linear(skewed, 2) <= 1)
    assert long_facts['order_is_irrelevant'] is bool((A @ B - B @ A).abs().max() < 1e-09)
    assert long_facts['clipping_cures_vanishing'] is bool(clipped.norm() > g.norm())

