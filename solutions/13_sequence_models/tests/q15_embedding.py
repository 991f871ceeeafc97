from otter.test_files import test_case

OK_FORMAT = False

name = "q15_embedding"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The small examples of the text do not come out - idx = [2, 2], a layer of two inputs, and a table of three rows.")
def test_small_tables(Y_SHAPE, N_PARAMS, Y_BYTES, embed_backward, linear_to_embedding, TableEmbedding):
    import numpy as np
    import torch
    integers = (int, np.integer)
    assert isinstance(Y_SHAPE, (tuple, list)), 'Y_SHAPE should be a tuple'
    assert all((isinstance(n, integers) for n in Y_SHAPE)), 'Y_SHAPE should hold integers'
    assert isinstance(N_PARAMS, integers), 'N_PARAMS should be an integer'
    assert isinstance(Y_BYTES, integers), 'Y_BYTES should be an integer'
    got = embed_backward(torch.tensor([2, 2]), torch.tensor([[1.0, 5.0], [10.0, 0.0]]), 3)
    assert got is not None, 'embed_backward(...) returned None: expected a tensor'
    expected = [[0.0, 0.0], [0.0, 0.0], [11.0, 5.0]]
    assert tuple(got.shape) == (3, 2), f'embed_backward: expected shape (3, 2), got {tuple(got.shape)}'
    assert got.tolist() == expected, f'embed_backward: expected {expected}, got {got.tolist()}'
    lin = torch.nn.Linear(2, 3, bias=False)
    table = linear_to_embedding(lin)
    assert isinstance(table, torch.nn.Embedding), 'linear_to_embedding should return an nn.Embedding'
    shape = tuple(table.weight.shape)
    assert shape == (2, 3), f'two one-hot inputs, three outputs: expected a weight of shape (2, 3), got {shape}'
    layer = TableEmbedding(3, 2)
    assert isinstance(layer, torch.nn.Module), 'TableEmbedding(3, 2) should be a torch.nn.Module'
    assert hasattr(layer, 'weight'), 'TableEmbedding(3, 2) has no weight'
    layer.load_state_dict({'weight': torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])})
    out = layer(torch.tensor([[2], [0]]))
    assert out is not None, 'forward returned None: expected a tensor'
    assert out.tolist() == [[[4.0, 5.0]], [[0.0, 1.0]]], f'rows 2 and 0 of the table were expected, got {out.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="One of the three numbers about the table with 42 rows is wrong. Every index of X becomes a whole row.")
def test_large_table(Y_SHAPE, N_PARAMS, Y_BYTES):
    import torch
    with torch.device('meta'):
        layer = torch.nn.Embedding(42, 42000)
        out = layer(torch.zeros(5, 6, 7, 8, dtype=torch.int64))
    assert tuple(Y_SHAPE) == tuple(out.shape)
    assert N_PARAMS == sum((p.numel() for p in layer.parameters()))
    assert Y_BYTES == out.numel() * out.element_size()

@test_case(points=1.5, hidden=True, 
    failure_message="The gradient of the table is not that of autograd. What happens to a row that is used more than once?")
def test_gradient_of_the_table(embed_backward):
    import torch
    rng = torch.Generator().manual_seed(162)
    for shape, v, d in (((), 4, 3), ((1,), 1, 1), ((7,), 3, 2), ((2, 3, 4, 2), 5, 3), ((0,), 4, 2), ((30,), 40, 1)):
        for dtype in (torch.float32, torch.float64):
            idx = torch.randint(v, shape, generator=rng)
            dY = torch.randn(d, *shape, generator=rng, dtype=dtype).movedim(0, -1)
            E = torch.zeros(v, d, dtype=dtype, requires_grad=True)
            one_hot = torch.nn.functional.one_hot(idx, v).to(dtype)
            grad, = torch.autograd.grad((one_hot @ E * dY).sum(), E)
            got = embed_backward(idx, dY, v)
            assert got.dtype == dtype and tuple(got.shape) == (v, d)
            assert torch.allclose(got, grad, rtol=0, atol=0.0001 if dtype == torch.float32 else 1e-12)

@test_case(points=1, hidden=True, 
    failure_message="The embedding made from the linear layer is not the same map, or it is not free to learn on its own.")
def test_same_map(linear_to_embedding):

    def probe(linear_to_embedding, v, d):
        import torch
        lin = torch.nn.Linear(v, d, bias=False)
        before = lin.weight.detach().clone()
        table = linear_to_embedding(lin)
        idx = torch.arange(v).flip(0).reshape(1, v)
        gap = (table(idx) - lin(torch.nn.functional.one_hot(idx, v).float())).abs().max().item()
        trainable = [p.requires_grad for p in table.parameters()]
        table(idx).sum().backward()
        with torch.no_grad():
            table.weight -= table.weight.grad
        moved = (table.weight.T - before).abs().min().item()
        return (gap, trainable, moved, torch.equal(lin.weight, before), lin.weight.requires_grad)
    for v, d in ((2, 3), (5, 5), (7, 1), (1, 4)):
        gap, trainable, moved, untouched, still = inside(probe)(linear_to_embedding, v, d)
        assert gap == 0 and trainable == [True] and untouched and still
        assert moved > 0.9

@test_case(points=1.5, hidden=True, 
    failure_message="The module does not behave like nn.Embedding. Check indices of every shape, indices out of range, the padding row, and what the optimiser gets to see.")
def test_module_like_torch(TableEmbedding):
    import torch

    def probe(Layer, sizes, padding, idx, weights, weight):
        layer = Layer(*sizes) if padding is None else Layer(*sizes, padding_idx=padding)
        start = layer.weight.detach().clone()
        names = [name for name, _ in layer.named_parameters()]
        layer.load_state_dict({'weight': weight})
        out = layer(idx)
        (out * weights).sum().backward()
        return (start, names, out.detach(), layer.weight.grad)
    rng = torch.Generator().manual_seed(163)
    cases = [((5, 3), None, ()), ((5, 3), None, (4,)), ((4, 2), None, (2, 3, 1, 4)), ((3, 2), None, (0, 2))]
    cases += [((6, 4), 0, (3, 8)), ((6, 4), 5, (3, 8)), ((4, 1), 2, ()), ((1, 3), 0, (2,))]
    for (v, d), padding, shape in cases:
        idx = torch.randint(v, shape, generator=rng)
        weight = torch.randn(v, d, generator=rng)
        oracle = torch.nn.Embedding(v, d, padding_idx=padding)
        if padding is not None:
            weight[padding] = 0
        oracle.load_state_dict({'weight': weight})
        weights = torch.randn(*shape, d, generator=rng)
        expected = oracle(idx)
        (expected * weights).sum().backward()
        start, names, out, grad = inside(probe)(TableEmbedding, (v, d), padding, idx, weights, weight)
        assert names == ['weight'] and tuple(start.shape) == (v, d)
        assert torch.equal(out, expected.detach())
        assert torch.allclose(grad, oracle.weight.grad, rtol=0, atol=1e-05)
        if padding is not None:
            assert (start[padding] == 0).all() and (start.abs().sum(dim=1) == 0).sum() == 1
    start = TableEmbedding(200, 30).weight.detach()
    assert abs(start.mean()) < 5 / 6000 ** 0.5 and abs(start.std() - 1) < 5 / 12000 ** 0.5
    for bad in (-1, 3, -3):
        for padding in (None, 1):
            try:
                TableEmbedding(3, 2, padding)(torch.tensor([0, bad]))
            except IndexError:
                continue
            raise AssertionError('an index out of range should raise an IndexError')

