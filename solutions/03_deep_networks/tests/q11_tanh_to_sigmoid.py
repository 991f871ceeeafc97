from otter.test_files import test_case

OK_FORMAT = False

name = "q11_tanh_to_sigmoid"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="one_plus_tanh is 1 at zero; the four arrays keep their shapes.")
def test_zero_and_shapes(one_plus_tanh, tanh_to_sigmoid):
    import numpy as np
    import torch
    got = one_plus_tanh(torch.zeros(2, dtype=torch.float64))
    assert got is not None, 'one_plus_tanh(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor), 'one_plus_tanh should return a tensor'
    assert got.dtype == torch.float64, f'one_plus_tanh: expected dtype float64, got {got.dtype}'
    assert got.tolist() == [1, 1], f'one_plus_tanh at zero: expected [1, 1], got {got.tolist()}'
    given = (np.ones((2, 3)), np.ones(2), np.ones((4, 2)), np.ones(4))
    got = tanh_to_sigmoid(*given)
    assert got is not None, 'tanh_to_sigmoid(...) returned None: expected four arrays'
    assert isinstance(got, (tuple, list)) and len(got) == 4, 'tanh_to_sigmoid should return four arrays'
    for new, old in zip(got, given):
        assert np.shape(new) == old.shape, f'expected shape {old.shape}, got {np.shape(new)}'

@test_case(points=1, hidden=True, 
    failure_message="one_plus_tanh is not 1 + tanh, or its digits are lost for very negative or large inputs.")
def test_one_plus_tanh(one_plus_tanh):
    import math
    import torch
    for dtype, rtol, lowest in ((torch.float64, 1e-13, -350.0), (torch.float32, 1e-05, -40.0)):
        z = torch.linspace(lowest, 40, 200, dtype=dtype)
        exact = [2 * math.exp(2 * v) / (1 + math.exp(2 * v)) for v in z.tolist()]
        got = one_plus_tanh(z)
        assert got.dtype == dtype
        assert torch.allclose(got.double(), torch.tensor(exact, dtype=torch.float64), rtol=rtol, atol=0)
        ends = one_plus_tanh(torch.tensor([[-10000.0, 10000.0, -math.inf, math.inf]], dtype=dtype))
        assert ends.tolist() == [[0, 2, 0, 2]]

@test_case(points=1, hidden=True, 
    failure_message="The sigmoid network has another output than the tanh network. Try one whose hidden units are constant.")
def test_same_outputs(tanh_to_sigmoid):
    import numpy as np
    import torch

    def run(activation, parameters, x):
        omega0, beta0, omega1, beta1 = (torch.from_numpy(np.array(part)) for part in parameters)
        h = activation(torch.nn.functional.linear(x, omega0, beta0))
        return torch.nn.functional.linear(h, omega1, beta1)
    rng = np.random.default_rng(52)
    for d_in, d, d_out in ((1, 1, 1), (3, 5, 2), (2, 40, 3), (6, 1, 4), (4, 4, 4)):
        shapes = ((d, d_in), (d,), (d_out, d), (d_out,))
        given = [rng.normal(size=shape) for shape in shapes]
        constant = [np.zeros(shapes[0]), np.zeros(d), rng.normal(size=shapes[2]), rng.normal(size=d_out)]
        x = torch.from_numpy(rng.normal(size=(50, d_in)) * 3)
        for parameters in (given, constant):
            new = tanh_to_sigmoid(*parameters)
            assert [np.shape(part) for part in new] == list(shapes)
            assert (run(torch.tanh, parameters, x) - run(torch.sigmoid, new, x)).abs().max() < 1e-12

