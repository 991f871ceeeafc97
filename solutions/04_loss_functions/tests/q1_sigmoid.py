from otter.test_files import test_case

OK_FORMAT = False

name = "q1_sigmoid"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="sigmoid(log 3) is 0.75 and log_sigmoid(log 3) is log 0.75; shape and dtype stay as they are.")
def test_log_three(sigmoid, log_sigmoid):
    import math
    import torch
    z = torch.tensor([[math.log(3.0), -math.log(3.0)]])
    for name, got, expected in (('sigmoid', sigmoid(z), [[0.75, 0.25]]), ('log_sigmoid', log_sigmoid(z), [[math.log(0.75), math.log(0.25)]])):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        assert tuple(got.shape) == (1, 2), f'{name}: expected shape (1, 2), got {tuple(got.shape)}'
        assert got.dtype == torch.float32, f'{name}: expected dtype float32, got {got.dtype}'
        assert torch.allclose(got, torch.tensor(expected)), f'{name}: expected {expected}, got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The sigmoid is wrong or inexact for some z. Try z = 1000, z = -100 and both infinities.")
def test_sigmoid_against_decimals(sigmoid):
    from decimal import Decimal, getcontext
    import torch
    getcontext().prec = 60
    points = [-700.0, -300.25, -88.0, -40.0, -3.0, -0.5, -1e-09, 0.0, 1e-09, 0.75, 2.0, 17.5, 36.0, 40.0, 700.0]
    for dtype, bound, least in ((torch.float64, 1e-12, -701), (torch.float32, 1e-05, -80)):
        z = torch.tensor([v for v in points if v > least], dtype=dtype)
        got = sigmoid(z)
        assert got.dtype == dtype and got.shape == z.shape
        for value, v in zip(got.tolist(), z.tolist()):
            exact = 1 / (1 + (-Decimal(v)).exp())
            assert abs(Decimal(value) / exact - 1) < Decimal(bound)
        ends = torch.tensor([-torch.inf, -10000.0, -1000.0, 0.0, 1000.0, 10000.0, torch.inf], dtype=dtype)
        assert sigmoid(ends).tolist() == [0, 0, 0, 0.5, 1, 1, 1]
    z = torch.linspace(-5, 5, 24, dtype=torch.float64).reshape(4, 6).T
    assert torch.allclose(sigmoid(z) + sigmoid(-z), torch.ones_like(z), rtol=0, atol=1e-14)
    assert sigmoid(torch.tensor(0.0)).shape == () and sigmoid(torch.zeros(0, 3)).shape == (0, 3)

@test_case(points=1, hidden=True, 
    failure_message="The logarithm of the sigmoid is wrong or inexact for some z. Taking log(sigmoid(z)) loses it in both tails.")
def test_log_sigmoid_against_decimals(log_sigmoid):
    from decimal import Decimal, getcontext
    import torch
    getcontext().prec = 400
    points = [-10000.0, -800.0, -88.0, -20.5, -1.0, 0.0, 0.25, 1.0, 9.0, 20.5, 40.0, 80.0, 700.0]
    for dtype, bound, most in ((torch.float64, 1e-12, 701), (torch.float32, 1e-05, 81)):
        z = torch.tensor([v for v in points if v < most], dtype=dtype)
        got = log_sigmoid(z)
        assert got.dtype == dtype and got.shape == z.shape
        for value, v in zip(got.tolist(), z.tolist()):
            exact = -(1 + (-Decimal(v)).exp()).ln()
            assert abs(Decimal(value) / exact - 1) < Decimal(bound)
        assert log_sigmoid(torch.tensor([-torch.inf, torch.inf], dtype=dtype)).tolist() == [-torch.inf, 0]
    z = torch.linspace(-5, 5, 24, dtype=torch.float64).reshape(4, 6).T
    assert torch.allclose(log_sigmoid(z) - log_sigmoid(-z), z, rtol=0, atol=1e-14)
    assert log_sigmoid(torch.tensor(0.0)).shape == ()

