from otter.test_files import test_case

OK_FORMAT = False

name = "q14_reduction"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With W_12 = 3 and W_21 = 1 the input (2, 5) gives 40; with d = 1 and K = 1 there is one free number.")
def test_one_product(TensorReduction, free_numbers):
    import torch
    layer = TensorReduction(2, 1)
    names = [name for name, _ in layer.named_parameters()]
    assert names == ['weight'], f'TensorReduction should have one parameter, weight, got {names}'
    assert tuple(layer.weight.shape) == (2, 2, 1), 'TensorReduction(2, 1): weight should have shape (2, 2, 1)'
    layer.load_state_dict({'weight': torch.tensor([[[0.0], [3.0]], [[1.0], [0.0]]])})
    out = layer(torch.tensor([[2.0, 5.0]]))
    assert out is not None, 'forward returned None: expected a tensor of shape (N, K)'
    assert tuple(out.shape) == (1, 1), f'forward: expected shape (1, 1), got {tuple(out.shape)}'
    assert abs(out.item() - 40) < 0.0001, f'forward: expected 40, got {out.item()}'
    got = free_numbers(1, 1)
    assert got is not None, 'free_numbers(1, 1) returned None: expected an integer'
    assert type(got) is int and got == 1, f'free_numbers(1, 1): expected the integer 1, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="For some sizes the output is not the double sum. Which axis of the weight belongs to the output, and does each example stay by itself?")
def test_double_sum(TensorReduction):

    def probe(TensorReduction, weight, x):
        d, _, K = weight.shape
        layer = TensorReduction(d, K).to(weight.dtype)
        layer.load_state_dict({'weight': weight})
        return layer(x).detach()
    import torch
    rng = torch.Generator().manual_seed(106)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
        for d, K, n in ((3, 3, 7), (2, 5, 1), (4, 2, None), (1, 1, 3), (5, 1, None), (4, 4, 4)):
            weight = torch.randn(d, d, K, generator=rng, dtype=dtype)
            x = torch.randn(d, n or 1, generator=rng, dtype=dtype).T
            out = inside(probe)(TensorReduction, weight, x if n else x[0])
            assert tuple(out.shape) == ((n, K) if n else (K,)) and out.dtype == dtype
            for row, got in zip(x.tolist(), out if n else [out]):
                for k in range(K):
                    terms = [weight[i, j, k].item() * row[i] * row[j] for i in range(d) for j in range(d)]
                    assert abs(got[k].item() - sum(terms)) <= tolerance * (1 + sum(map(abs, terms)))

@test_case(points=1, hidden=True, 
    failure_message="The count is not the dimension of the space of functions, or the weights do not start or learn as asked.")
def test_start_and_dimension(TensorReduction, free_numbers):

    def probe(TensorReduction, d, K, x):
        layer = TensorReduction(d, K)
        layer(x).sum().backward()
        return (layer.weight.detach(), layer.weight.grad)
    import torch
    torch.manual_seed(0)
    for d, K in ((20, 30), (40, 10)):
        x = torch.randn(3, d)
        weight, slope = inside(probe)(TensorReduction, d, K, x)
        assert abs(weight.std().item() * d - 1) < 0.05 and abs(weight.mean().item() * d) < 0.08
        assert weight.abs().max().item() * d > 3
        assert torch.allclose(slope, (x.T @ x)[:, :, None].expand(d, d, K), atol=0.0001)
    for d, K in ((1, 3), (2, 1), (3, 2), (4, 5), (6, 1)):
        x = torch.randn(100, d, dtype=torch.float64, generator=torch.Generator().manual_seed(d))
        products = (x[:, :, None] * x[:, None, :]).flatten(1)
        assert free_numbers(d, K) == K * int(torch.linalg.matrix_rank(products))
        assert type(free_numbers(d, K)) is int

