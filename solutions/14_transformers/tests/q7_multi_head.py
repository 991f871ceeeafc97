from otter.test_files import test_case

OK_FORMAT = False

name = "q7_multi_head"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="In the example the queries are 1 and 10, the keys 2 and 20, the values 3 and 30.")
def test_one_token_two_heads(split_qkv, multi_head):
    import torch
    eye = torch.eye(2)
    x, w_in, b_in = (torch.tensor([[[1.0, 10.0]]]), torch.cat([eye, 2 * eye, 3 * eye]), torch.zeros(6))
    got = split_qkv(x, w_in, b_in, 2)
    assert got is not None, 'split_qkv(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor), 'split_qkv should return one tensor'
    assert got.shape == (3, 1, 2, 1, 1), f'split_qkv: expected shape (3, 1, 2, 1, 1), got {tuple(got.shape)}'
    numbers = got.flatten().tolist()
    assert numbers == [1, 10, 2, 20, 3, 30], f'split_qkv: expected [1, 10, 2, 20, 3, 30], got {numbers}'
    out = multi_head(x, w_in, b_in, eye, torch.zeros(2), 2)
    assert out is not None, 'multi_head(...) returned None: expected a tensor'
    assert out.shape == (1, 1, 2), f'multi_head: expected shape (1, 1, 2), got {tuple(out.shape)}'
    assert out.flatten().tolist() == [3, 30], f'multi_head: a single token keeps its values, got {out.tolist()}'

@test_case(points=2, hidden=True, 
    failure_message="Queries, keys or values of some head are not its own rows applied to the tokens.")
def test_rows_of_each_head(split_qkv):
    import torch
    rng = torch.Generator().manual_seed(1414)
    for batch, n, d, heads in ((1, 1, 1, 1), (2, 3, 4, 2), (1, 5, 6, 3), (3, 2, 6, 6), (2, 4, 5, 1)):
        x = torch.randn(n, batch, d, generator=rng, dtype=torch.float64).transpose(0, 1)
        w, b = (torch.randn(3 * d, d, generator=rng).double(), torch.randn(3 * d, generator=rng).double())
        got = split_qkv(x, w, b, heads)
        size = d // heads
        assert got.shape == (3, batch, heads, n, size)
        for part in range(3):
            for h in range(heads):
                rows = slice(part * d + h * size, part * d + (h + 1) * size)
                assert (got[part, :, h] - torch.nn.functional.linear(x, w[rows], b[rows])).abs().max() < 1e-12
    for d, heads in ((4, 3), (6, 4), (3, 6)):
        try:
            split_qkv(torch.zeros(1, 2, d), torch.zeros(3 * d, d), torch.zeros(3 * d), heads)
        except ValueError:
            continue
        raise AssertionError('heads that do not divide the embedding are not refused with ValueError')

@test_case(points=2, hidden=True, 
    failure_message="The layer does not agree with torch's own multi-head attention. Check the scale, and the order in which the outputs of the heads are put together.")
def test_like_torch_multi_head(multi_head):
    import torch
    torch.manual_seed(1415)
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 2e-05)):
        for batch, n, d, heads in ((1, 1, 2, 2), (2, 3, 4, 2), (1, 5, 6, 3), (3, 4, 8, 8), (2, 4, 5, 1), (2, 6, 32, 4)):
            layer = torch.nn.MultiheadAttention(d, heads, batch_first=True, dtype=dtype)
            for p in layer.parameters():
                torch.nn.init.normal_(p, std=d ** (-0.5))
            x = 2 * torch.randn(batch, n, d, dtype=dtype)
            theta = [layer.in_proj_weight, layer.in_proj_bias, layer.out_proj.weight, layer.out_proj.bias]
            with torch.no_grad():
                oracle = layer(x, x, x, need_weights=False)[0]
            got = multi_head(x, *(p.detach() for p in theta), heads)
            assert got.shape == x.shape and got.dtype == dtype
            assert (got - oracle).abs().max() < bound

