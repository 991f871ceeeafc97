from otter.test_files import test_case

OK_FORMAT = False

name = "q8_leaky_relu"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For the slope 0.1, x = (-0.2, 0.5, -0.1) comes from z = (-2, 0.5, -1), and the logarithm of the inverse determinant is log 100 = 4.605.")
def test_three_entries(leaky_inverse, log_inverse_absdet):
    import math
    import torch
    z = torch.tensor([[-2.0, 0.5, -1.0]], dtype=torch.float32)
    x = torch.tensor([[-0.2, 0.5, -0.1]], dtype=torch.float32)
    for name, got, expected in (('leaky_inverse', leaky_inverse(x, 0.1), z), ('log_inverse_absdet', log_inverse_absdet(z, 0.1), torch.tensor([math.log(100)], dtype=torch.float32))):
        assert got is not None, f'{name}(...) returned None: expected a tensor of shape {tuple(expected.shape)}'
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        assert got.shape == expected.shape, f'{name}: expected shape {tuple(expected.shape)}, got {tuple(got.shape)}'
        assert got.dtype == torch.float32, f'{name}: float32 goes in, {got.dtype} came out'
        assert torch.allclose(got, expected, atol=1e-05), f'{name}: expected {expected.tolist()}, got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="Leaky ReLU of your inverse is not what went in.")
def test_round_trip(leaky_inverse):
    import torch
    rng = torch.Generator().manual_seed(179)
    for dtype, tolerance in ((torch.float64, 1e-14), (torch.float32, 1e-06)):
        wide = torch.randn(3, 40, generator=rng, dtype=dtype).T * 1000000.0
        for x in (wide, torch.randn(2, 3, 4, generator=rng, dtype=dtype), torch.tensor([0.0, -0.0, -1e-20]).to(dtype)):
            for slope in (0.1, 0.01, 0.7):
                z = leaky_inverse(x, slope)
                assert z.dtype == dtype and z.shape == x.shape
                assert torch.allclose(torch.nn.functional.leaky_relu(z, slope), x, rtol=tolerance, atol=0)

@test_case(points=1, hidden=True, 
    failure_message="The log-determinant is wrong for some rows. Count the entries that are shrunk; a long row has a determinant that underflows.")
def test_against_autograd(log_inverse_absdet):
    import math
    import torch
    rng = torch.Generator().manual_seed(180)
    for n, d, slope in ((1, 1, 0.1), (6, 5, 0.1), (7, 3, 0.4), (4, 9, 0.05)):
        z = torch.randn(d, n, generator=rng, dtype=torch.float64).T
        got = log_inverse_absdet(z, slope)
        assert tuple(got.shape) == (n,) and got.dtype == torch.float64
        for row, value in zip(z, got):
            J = torch.autograd.functional.jacobian(lambda h: torch.nn.functional.leaky_relu(h, slope), row)
            assert abs(value + torch.linalg.slogdet(J).logabsdet) < 1e-05
    long = torch.stack([torch.full((500,), -1.0), torch.zeros(500), torch.ones(500)])
    for dtype in (torch.float64, torch.float32):
        got = log_inverse_absdet(long.to(dtype), 0.1)
        assert got.dtype == dtype and abs(got[0] - 500 * math.log(10)) < 0.01
        assert got[1] == 0 and got[2] == 0

