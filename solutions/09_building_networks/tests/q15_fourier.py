from otter.test_files import test_case

OK_FORMAT = False

name = "q15_fourier"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="HalfFourier turns (1, 2) into (3, -1), InverseHalfFourier(2) turns it back; fourier_facts holds four booleans.")
def test_two_numbers(HalfFourier, InverseHalfFourier, fourier_facts):
    import torch
    x = torch.tensor([[1.0, 2.0]])
    z = HalfFourier()(x)
    assert z is not None, 'HalfFourier returned None: expected a complex tensor'
    assert z.is_complex(), f'HalfFourier should return complex numbers, got {z.dtype}'
    assert tuple(z.shape) == (1, 2), f'HalfFourier of shape (1, 2): expected shape (1, 2), got {tuple(z.shape)}'
    assert torch.allclose(z, torch.tensor([[3.0 + 0j, -1.0 + 0j]])), f'expected (3, -1), got {z.tolist()}'
    back = InverseHalfFourier(2)(z)
    assert back is not None, 'InverseHalfFourier returned None: expected a real tensor'
    assert tuple(back.shape) == (1, 2) and (not back.is_complex()), 'InverseHalfFourier(2): expected 2 real numbers'
    assert torch.allclose(back, x), f'InverseHalfFourier: expected (1, 2), got {back.tolist()}'
    assert isinstance(fourier_facts, dict), 'fourier_facts should be a dictionary'
    for key in ('strict_half_even', 'strict_half_odd', 'sizes_determine', 'length_is_told'):
        assert isinstance(fourier_facts.get(key), bool), f'fourier_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some length the coefficients are not those of the sum above. Odd and even lengths, one number, and several leading axes are all allowed.")
def test_coefficients(HalfFourier):
    import cmath
    import torch
    rng = torch.Generator().manual_seed(107)
    for shape in ((3, 8), (2, 9), (1,), (4, 1), (2,), (2, 3, 7), (1, 12)):
        x = torch.randn(shape, generator=rng, dtype=torch.float64)
        n = shape[-1]
        kernel = [[cmath.exp(-2j * cmath.pi * k * t / n) for k in range(n // 2 + 1)] for t in range(n)]
        expected = x.to(torch.complex128) @ torch.tensor(kernel, dtype=torch.complex128)
        got = HalfFourier()(x)
        assert got.shape == expected.shape and torch.allclose(got, expected, rtol=0, atol=1e-10)
        single = HalfFourier()(x.float())
        assert single.dtype == torch.complex64 and torch.allclose(single, expected.to(torch.complex64), atol=0.0001)

@test_case(points=1, hidden=True, 
    failure_message="The two layers do not undo one another for some length, have parameters, or stop the gradient.")
def test_there_and_back(HalfFourier, InverseHalfFourier):

    def probe(HalfFourier, InverseHalfFourier, x, weights):
        there, back = (HalfFourier(), InverseHalfFourier(x.shape[-1]))
        x = x.clone().requires_grad_()
        z = there(x)
        out = back(z)
        (out * weights).sum().backward(retain_graph=True)
        slope = x.grad.clone()
        x.grad = None
        z.abs().square().sum().backward()
        owned = len([*there.parameters(), *back.parameters()])
        return (out.detach(), slope, x.grad, owned)
    import torch
    rng = torch.Generator().manual_seed(108)
    for shape in ((3, 8), (2, 9), (1, 1), (2,), (5,), (2, 2, 15)):
        x, weights = (torch.randn(shape, generator=rng, dtype=torch.float64) for _ in range(2))
        out, slope, energy_slope, owned = inside(probe)(HalfFourier, InverseHalfFourier, x, weights)
        assert torch.allclose(out, x, rtol=0, atol=1e-10) and owned == 0
        assert torch.allclose(slope, weights, rtol=0, atol=1e-10)
        n = shape[-1]
        t, k = (torch.arange(n, dtype=torch.float64), torch.arange(n // 2 + 1, dtype=torch.float64))
        angle = 2 * torch.pi * torch.outer(t, k) / n
        gram = angle.cos() @ angle.cos().T + angle.sin() @ angle.sin().T
        assert torch.allclose(energy_slope, 2 * x @ gram, rtol=0, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements is wrong. Compare two inputs that differ, or count how many real numbers are known.")
def test_fourier_facts(fourier_facts):
    import torch

    def determined(n, kept):
        z = torch.fft.fft(torch.eye(n, dtype=torch.float64))[:, :kept]
        return int(torch.linalg.matrix_rank(torch.cat([z.real, z.imag], dim=1))) == n
    x = torch.tensor([1.0, 2.0, 5.0, 3.0])
    same_sizes = torch.allclose(torch.fft.fft(x).abs(), torch.fft.fft(x.roll(1)).abs(), atol=1e-05)
    lengths = [torch.fft.rfft(torch.zeros(n)).shape[-1] for n in range(1, 20)]
    assert fourier_facts['strict_half_even'] is all((determined(n, n // 2) for n in (2, 4, 8, 10)))
    assert fourier_facts['strict_half_odd'] is all((determined(n, (n + 1) // 2) for n in (1, 3, 7, 9)))
    assert fourier_facts['sizes_determine'] is (not same_sizes)
    assert fourier_facts['length_is_told'] is (len(set(lengths)) == len(lengths))

