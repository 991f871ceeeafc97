from otter.test_files import test_case

OK_FORMAT = False

name = "q4_weight_decay"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="From (4, -2) with the gradient (1, 0), rate 0.5 and decay 0.1 the step leads to (3.1, -1.8); decay_facts holds four booleans.")
def test_one_step(decay_step, l2_gradient, lambda_from_decay, torch_weight_decay, train, decay_facts):
    import numpy as np
    phi, grad = (np.array([4.0, -2.0]), np.array([1.0, 0.0]))
    got = decay_step(phi, grad, 0.5, 0.1)
    assert got is not None, 'decay_step(...) returned None: expected an array'
    assert np.allclose(got, [3.1, -1.8]), f'decay_step: expected [3.1, -1.8], got {got}'
    got = l2_gradient(phi, grad, 0.0)
    assert got is not None, 'l2_gradient(...) returned None: expected an array'
    assert np.shape(got) == (2,), f'l2_gradient: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, grad), f'l2_gradient without a penalty: expected [1, 0], got {got}'
    for name, got in (('lambda_from_decay', lambda_from_decay(0.5, 0.1)), ('torch_weight_decay', torch_weight_decay(1.0))):
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == (), f'{name} should return a single number'
    got = train('sgd', True, phi, np.eye(2), np.array([3.0, -2.0]), 0.5, 0.1, 1)
    assert got is not None, 'train(...) returned None: expected an array of shape (D,)'
    assert np.allclose(got, [3.1, -1.8]), f"train, one step of 'sgd': expected [3.1, -1.8], got {got}"
    assert isinstance(decay_facts, dict), 'decay_facts should be a dictionary'
    for key in ('same_for_sgd', 'same_for_momentum', 'same_for_adam', 'survives_a_schedule'):
        assert isinstance(decay_facts.get(key), bool), f'decay_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The penalised gradient, or one of the two conversions, does not fit the penalty lam * sum of squares. Where does the factor 2 go, and where the learning rate?")
def test_steps_on_a_penalised_loss(decay_step, l2_gradient, lambda_from_decay, torch_weight_decay):
    import torch
    torch.manual_seed(809)
    for shape in ((1,), (5,), (2, 3), (4, 1, 2)):
        for rate, decay in ((0.1, 0.03), (0.5, 0.5), (2.0, 0.01), (0.01, 0.0)):
            start = torch.randn(shape, dtype=torch.float64)
            bare = lambda phi: (torch.sin(3 * phi) + 0.1 * phi ** 4).sum()
            penalised = lambda phi, lam: bare(phi) + lam * (phi ** 2).sum()
            lam, phi = (decay / 3 + 0.2, start.clone().requires_grad_())
            grad, = torch.autograd.grad(bare(phi), phi)
            expected, = torch.autograd.grad(penalised(phi, lam), phi)
            got = torch.as_tensor(l2_gradient(start.numpy(), grad.numpy(), lam))
            assert got.shape == shape and torch.allclose(got, expected, rtol=1e-12, atol=1e-12)
            slope, = torch.autograd.grad(penalised(phi, lambda_from_decay(rate, decay)), phi)
            moved = torch.as_tensor(decay_step(start.numpy(), grad.numpy(), rate, decay))
            assert torch.allclose(moved, start - rate * slope, rtol=1e-12, atol=1e-12)
            assert torch.allclose(moved, start * (1 - decay) - rate * grad, rtol=1e-12, atol=1e-12)
            optimizer = torch.optim.SGD([phi], lr=rate, weight_decay=torch_weight_decay(lam))
            phi.grad = grad.clone()
            optimizer.step()
            assert torch.allclose(phi.detach(), start - rate * expected, rtol=1e-12, atol=1e-12)

@test_case(points=2, hidden=True, 
    failure_message="After some steps the parameters differ from those of PyTorch's optimisers. Where does the penalty enter, and which step counts first?")
def test_against_torch_optimizers(train):
    import numpy as np
    import torch
    rng = np.random.default_rng(810)
    for d, rate, decay, steps in ((1, 0.05, 0.02, 1), (3, 0.1, 0.05, 2), (4, 0.02, 0.1, 30), (2, 0.3, 0.0, 7)):
        A, c, start = (rng.normal(size=(d, d)), rng.normal(size=d), rng.normal(size=d))
        H = A @ A.T / d
        for name in ('sgd', 'momentum', 'adam'):
            for decoupled in (True, False):
                phi = torch.tensor(start, requires_grad=True)
                penalty = 0.0 if decoupled else decay / rate
                if name == 'adam':
                    family = torch.optim.AdamW if decoupled else torch.optim.Adam
                    optimizer = family([phi], lr=rate, weight_decay=decay / rate)
                else:
                    beta = 0.9 if name == 'momentum' else 0.0
                    optimizer = torch.optim.SGD([phi], lr=rate, momentum=beta, weight_decay=penalty)
                for _ in range(steps):
                    phi.grad = torch.tensor(H) @ phi.detach() - torch.tensor(c)
                    if decoupled and name != 'adam':
                        phi.data.mul_(1 - decay)
                    optimizer.step()
                got = train(name, decoupled, start, H, c, rate, decay, steps)
                assert np.shape(got) == (d,) and np.allclose(got, phi.detach().numpy(), rtol=1e-08, atol=1e-09)
        assert np.array_equal(train('sgd', True, start, H, c, rate, decay, 0), start)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about decay and penalty is decided wrongly. Take several steps, not one.")
def test_decay_facts(decay_facts):
    import torch
    torch.manual_seed(811)
    H = torch.tensor([1.0, 0.2, 3.0], dtype=torch.float64)
    start, rate, decay = (torch.randn(3, dtype=torch.float64), 0.1, 0.05)

    def gap(make):
        ends = []
        for decoupled in (True, False):
            phi = start.clone().requires_grad_()
            optimizer = make([phi], 0.0 if decoupled else decay / rate)
            for _ in range(20):
                phi.grad = H * phi.detach() - 1
                if decoupled:
                    phi.data.mul_(1 - decay)
                optimizer.step()
            ends.append(phi.detach())
        return (ends[0] - ends[1]).abs().max().item()
    gaps = {'sgd': gap(lambda p, w: torch.optim.SGD(p, lr=rate, weight_decay=w)), 'momentum': gap(lambda p, w: torch.optim.SGD(p, lr=rate, momentum=0.9, weight_decay=w)), 'adam': gap(lambda p, w: torch.optim.Adam(p, lr=rate, weight_decay=w))}
    for name, value in gaps.items():
        assert decay_facts['same_for_' + name] is (value < 1e-06)
    decayed, penalised = (start, start)
    for step in range(40):
        now = rate if step < 20 else rate / 10
        decayed = (1 - decay) * decayed - now * (H * decayed - 1)
        penalised = penalised - now * (H * penalised - 1 + decay / rate * penalised)
    assert decay_facts['survives_a_schedule'] is bool((decayed - penalised).abs().max() < 1e-06)

