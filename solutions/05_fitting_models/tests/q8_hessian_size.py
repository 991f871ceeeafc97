from otter.test_files import test_case

OK_FORMAT = False

name = "q8_hessian_size"
points = 3


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Two parameters have a (2, 2) Hessian with 3 distinct entries and 16 bytes. For the sum of squares H v is 2 v.")
def test_two_parameters(hessian_size, hessian_vector_product):
    import torch
    got = hessian_size(2)
    assert got is not None, 'hessian_size(2) returned None: expected a dictionary'
    assert isinstance(got, dict), 'hessian_size should return a dictionary'
    for key, expected in (('shape', (2, 2)), ('distinct', 3), ('bytes', 16)):
        assert key in got, f'the dictionary has no entry {key!r}'
        assert got[key] == expected, f'{key}: expected {expected}, got {got[key]}'
    got = hessian_vector_product(lambda t: (t * t).sum(), torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0]))
    assert isinstance(got, torch.Tensor), 'hessian_vector_product should return a tensor of shape (n,)'
    assert tuple(got.shape) == (2,), f'hessian_vector_product: expected shape (2,), got {tuple(got.shape)}'
    assert torch.allclose(got, torch.tensor([6.0, -2.0])), f'expected [6, -2], got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The size is wrong for some n, or not exact. The diagonal counts, too.")
def test_sizes(hessian_size):
    from itertools import combinations_with_replacement
    for n in (1, 2, 3, 7, 30):
        got = hessian_size(n)
        assert set(got) == {'shape', 'distinct', 'bytes'}
        assert tuple(got['shape']) == (n, n)
        assert got['distinct'] == len(list(combinations_with_replacement(range(n), 2)))
        assert got['bytes'] == sum((4 for _ in range(n) for _ in range(n)))
    for n in (10 ** 6, 10 ** 11 + 1):
        got = hessian_size(n)
        assert tuple(got['shape']) == (n, n) and type(got['distinct']) is type(got['bytes']) is int
        assert 2 * (got['distinct'] - n) == n * n - n
        assert got['bytes'] == (2 * n) ** 2

@test_case(points=1, hidden=True, 
    failure_message="The product differs from H v, or changes theta, or builds the whole matrix, which does not fit for a million parameters.")
def test_products(hessian_vector_product):
    import torch
    generator = torch.Generator().manual_seed(515)
    a = torch.randn(50, 50, generator=generator, dtype=torch.float64)

    def loss(t):
        import torch
        return torch.log(torch.cosh(a[:len(t), :len(t)] @ t)).sum() + (t ** 3).sum() * t[0]
    for n in (1, 2, 7, 50):
        theta = torch.randn(n, generator=generator, dtype=torch.float64)
        v = torch.randn(n, generator=generator, dtype=torch.float64)
        got = hessian_vector_product(loss, theta, v)
        expected = torch.autograd.functional.hessian(loss, theta) @ v
        assert got.dtype == torch.float64 and torch.allclose(got, expected, rtol=1e-09, atol=1e-09)

    def many(t):
        return (t[1:] * t[:-1] ** 2).sum()
    theta = torch.randn(10 ** 6, generator=generator)
    v = torch.randn(10 ** 6, generator=generator)
    got = hessian_vector_product(many, theta, v)
    expected = torch.zeros(10 ** 6)
    expected[:-1] += 2 * theta[1:] * v[:-1] + 2 * theta[:-1] * v[1:]
    expected[1:] += 2 * theta[:-1] * v[:-1]
    assert got.dtype == torch.float32 and torch.allclose(got, expected, rtol=0, atol=0.001)

    def untouched(product):
        import torch
        theta, v = (torch.tensor([1.0, 2.0, -1.0]), torch.tensor([1.0, 0.0, 2.0]))
        product(lambda t: (t ** 4).sum(), theta, v)
        plain = not theta.requires_grad and theta.grad is None and (theta.tolist() == [1.0, 2.0, -1.0])
        inner = torch.tensor([1.0, 2.0, -1.0], requires_grad=True)
        out = product(lambda t: (t ** 4).sum(), inner, v)
        return (plain and inner.grad is None, out.detach())
    same, out = inside(untouched)(hessian_vector_product)
    assert same is True and torch.allclose(out, torch.tensor([12.0, 0.0, 24.0]))

