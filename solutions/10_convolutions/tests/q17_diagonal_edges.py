from otter.test_files import test_case

OK_FORMAT = False

name = "q17_diagonal_edges"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The row (0, 0, 5, 5) with the kernel (1, -1) gives (0, -5, 0); edge_responses has four entries.")
def test_one_row(corr2d, edge_responses, edge_facts):
    import torch
    got = corr2d(torch.tensor([[0.0, 0.0, 5.0, 5.0]]), torch.tensor([[1.0, -1.0]]))
    assert isinstance(got, torch.Tensor), 'corr2d should return a tensor'
    assert got.shape == (1, 3), f'corr2d: expected shape (1, 3), got {tuple(got.shape)}'
    assert got.tolist() == [[0, -5, 0]], f'corr2d: expected [[0, -5, 0]], got {got.tolist()}'
    got = edge_responses(torch.ones(2, 4))
    assert isinstance(got, dict), 'edge_responses should return a dictionary'
    for key, shape in (('XK', (2, 3)), ('XtK', (4, 1)), ('XKt', (1, 4)), ('XtKt', (3, 2))):
        assert key in got, f'the dictionary has no entry {key!r}'
        assert isinstance(got[key], torch.Tensor), f'{key!r} should be a tensor'
        assert got[key].shape == shape, f'{key!r} of a (2, 4) image: expected {shape}, got {tuple(got[key].shape)}'
        assert not got[key].any(), f'{key!r}: an image of ones has no edges, got {got[key].tolist()}'
    assert isinstance(edge_facts, dict), 'edge_facts should be a dictionary'
    keys = ['vertical_step_Kt_silent', 'diagonal_step_Kt_silent', 'both_transposed', 'line_cares', 'step_keeps_sign']
    for key in keys:
        assert isinstance(edge_facts.get(key), bool), f'edge_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="corr2d is not the cross-correlation for some sizes. The kernel is not flipped, and rows are not columns.")
def test_correlation_like_torch(corr2d):
    import torch
    torch.manual_seed(171)
    for h, w, kh, kw in ((6, 8, 3, 2), (8, 6, 1, 4), (5, 5, 5, 5), (1, 1, 1, 1), (4, 7, 4, 1), (3, 9, 2, 7)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
            x, k = (torch.randn(w, h, dtype=dtype).T, torch.randn(kh, kw, dtype=dtype))
            expected = torch.nn.functional.conv2d(x[None, None], k[None, None])[0, 0]
            got = corr2d(x, k)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance

@test_case(points=1, hidden=True, 
    failure_message="One of the four responses is wrong for some image. Check which is transposed, and the sign.")
def test_four_responses(edge_responses):
    import torch
    torch.manual_seed(172)
    for x in (torch.randn(5, 8).double(), torch.randn(7, 3), torch.randn(2, 2), torch.eye(6), torch.ones(4, 6).triu()):
        got = edge_responses(x)
        assert set(got) == {'XK', 'XtK', 'XKt', 'XtKt'}
        along_rows, along_columns = (-torch.diff(x, dim=1), -torch.diff(x, dim=0))
        expected = {'XK': along_rows, 'XKt': along_columns, 'XtK': along_columns.T, 'XtKt': along_rows.T}
        for key, value in expected.items():
            assert got[key].dtype == x.dtype and got[key].shape == value.shape
            assert (got[key] - value).abs().max() < 1e-06

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about edges is decided wrongly. Draw the differences.")
def test_edge_facts(edge_facts):
    import torch
    line, step = (torch.eye(6), torch.ones(6, 6).triu())
    vertical = (torch.arange(6) < 3).float().expand(6, 6)
    with_k = lambda x: x[:, :-1] - x[:, 1:]
    with_kt = lambda x: x[:-1] - x[1:]
    torch.manual_seed(173)
    x = torch.randn(4, 7)
    assert edge_facts['vertical_step_Kt_silent'] is (not bool(with_kt(vertical).any()))
    assert edge_facts['diagonal_step_Kt_silent'] is (not bool(with_kt(step).any()))
    assert edge_facts['both_transposed'] is torch.equal(with_kt(x.T), with_k(x).T)
    assert edge_facts['line_cares'] is (not torch.equal(with_k(line), with_k(line.T)))
    assert edge_facts['step_keeps_sign'] is bool(with_k(step).sum() * with_k(step.T).sum() > 0)

