from otter.test_files import test_case

OK_FORMAT = False

name = "q10_activation_slopes"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="tanh has slope 1 at zero; the parametric ReLU with alpha = 0.25 has slope 1 at z = 3 and 0.25 at z = -2; prelu_facts holds four booleans.")
def test_three_points(dtanh, dprelu, dprelu_dalpha, prelu_facts):
    import torch
    z = torch.tensor([[-2.0], [3.0]], dtype=torch.float64)
    calls = [('dtanh', dtanh(torch.zeros(2, 1, dtype=torch.float64)), [[1.0], [1.0]]), ('dprelu', dprelu(z, 0.25), [[0.25], [1.0]]), ('dprelu_dalpha', dprelu_dalpha(z, 0.25), None)]
    for name, got, expected in calls:
        assert got is not None, f'{name} returned None: expected a tensor'
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (2, 1), f'{name}: expected shape (2, 1), got {tuple(got.shape)}'
        assert got.dtype == torch.float64, f'{name}: expected dtype float64, got {got.dtype}'
        if expected is not None:
            assert torch.allclose(got, torch.tensor(expected, dtype=torch.float64)), f'{name}: expected {expected}, got {got.tolist()}'
    assert isinstance(prelu_facts, dict), 'prelu_facts should be a dictionary'
    for key in ('max_form_small', 'max_form_always', 'smooth_somewhere', 'alpha_learns_from_all'):
        assert isinstance(prelu_facts.get(key), bool), f'prelu_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="dtanh is not the derivative of tanh, or loses its digits or its dtype far from zero.")
def test_dtanh(dtanh):
    import math
    import torch
    for dtype, rtol in ((torch.float64, 1e-10), (torch.float32, 0.0001)):
        z = torch.linspace(-4, 4, 82, dtype=dtype).reshape(2, 41).T.requires_grad_()
        expected, = torch.autograd.grad(torch.tanh(z).sum(), z)
        got = dtanh(z.detach())
        assert got.dtype == dtype and got.shape == (41, 2)
        assert torch.allclose(got, expected, rtol=rtol, atol=0)
        far = torch.tensor([10.0, -12, 20, -30, 40] + [100.0, -150] * (dtype == torch.float64), dtype=dtype)
        exact = [4 * math.exp(-2 * abs(v)) / (1 + math.exp(-2 * abs(v))) ** 2 for v in far.tolist()]
        exact = torch.tensor(exact, dtype=torch.float64)
        assert torch.allclose(dtanh(far).double(), exact, rtol=rtol, atol=0)
        huge = dtanh(torch.tensor([1000.0, -1000.0, 10000.0, math.inf, -math.inf], dtype=dtype))
        assert (huge == 0).all()
    assert dtanh(torch.zeros(0)).shape == (0,) and dtanh(torch.tensor(0.0)).shape == ()

@test_case(points=1, hidden=True, 
    failure_message="A derivative of the parametric ReLU is wrong. Try alpha above one and below zero, and z = 0 exactly.")
def test_prelu_against_autograd(dprelu, dprelu_dalpha):
    import torch
    rng = torch.Generator().manual_seed(51)
    for dtype in (torch.float64, torch.float32):
        for alpha in (0.25, 2.0, -0.5, 0.0, 1.0, 7.5):
            z = torch.randn(6, 4, generator=rng, dtype=dtype) * 3
            z[0, 0], z[5, 3] = (0.0, 1e-30)
            z = z.T.requires_grad_()
            slope = torch.full((1,), alpha, dtype=dtype, requires_grad=True)
            expected, = torch.autograd.grad(torch.nn.functional.prelu(z, slope).sum(), z)
            got = dprelu(z.detach(), alpha)
            assert got.dtype == dtype and got.shape == (4, 6)
            assert torch.equal(got, expected)
            got = dprelu_dalpha(z.detach(), alpha)
            assert got.dtype == dtype and got.shape == (4, 6)
            for row, column in ((0, 0), (1, 2), (3, 5), (2, 3), (0, 4), (3, 1)):
                out = torch.nn.functional.prelu(z[row, column].reshape(1), slope)
                single, = torch.autograd.grad(out.sum(), slope)
                assert got[row, column] == single
    assert dprelu(torch.zeros(0), 0.5).shape == dprelu_dalpha(torch.zeros(0), 0.5).shape == (0,)

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the parametric ReLU is decided wrongly. Draw it for alpha = -1, 0, 0.5, 1 and 2.")
def test_prelu_facts(prelu_facts):
    import torch
    z = torch.linspace(-5, 5, 101, dtype=torch.float64)

    def prelu(alpha):
        return torch.nn.functional.prelu(z, torch.tensor([alpha], dtype=torch.float64))

    def same(alpha):
        return torch.allclose(prelu(alpha), torch.maximum(z, alpha * z))
    grid = [-2.0, -0.5, 0.0, 0.1, 0.5, 0.9, 1.0, 1.5, 3.0]
    assert prelu_facts['max_form_small'] is all((same(alpha) for alpha in grid if 0 <= alpha <= 1))
    assert prelu_facts['max_form_always'] is all((same(alpha) for alpha in grid))
    bends = [float((prelu(alpha)[51] - 2 * prelu(alpha)[50] + prelu(alpha)[49]).abs()) for alpha in grid]
    assert prelu_facts['smooth_somewhere'] is bool(min(bends) < 1e-12)
    change = (prelu(0.5) - prelu(0.25))[z != 0]
    assert prelu_facts['alpha_learns_from_all'] is bool((change != 0).all())

