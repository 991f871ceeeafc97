from otter.test_files import test_case

OK_FORMAT = False

name = "q4_channel_matrix"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For n = 2 and the kernels (1, 2, 3) and (4, 5, 6) of two output channels the rows are (2, 3), (1, 2), (5, 6), (4, 5).")
def test_two_channels(multichannel_matrix, two_layer_matrix, five_taps, border_rows, first_layer):
    import numpy as np
    kernels = np.array([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]])
    got = multichannel_matrix(2, kernels)
    assert got is not None, 'multichannel_matrix(...) returned None: expected an array of shape (4, 2)'
    assert np.shape(got) == (4, 2), f'multichannel_matrix: expected shape (4, 2), got {np.shape(got)}'
    expected = [[2, 3], [1, 2], [5, 6], [4, 5]]
    assert np.allclose(got, expected), f'multichannel_matrix: expected {expected}, got {np.asarray(got).tolist()}'
    back = np.array([[[0.0, 1.0, 0.0], [0.0, 10.0, 0.0]]])
    got = two_layer_matrix(2, kernels, back)
    assert got is not None, 'two_layer_matrix(...) returned None: expected an array of shape (2, 2)'
    assert np.shape(got) == (2, 2), f'two_layer_matrix: expected shape (2, 2), got {np.shape(got)}'
    expected = [[52, 63], [41, 52]]
    assert np.allclose(got, expected), f'two_layer_matrix: expected {expected}, got {np.asarray(got).tolist()}'
    got = five_taps(kernels, back)
    assert got is not None, 'five_taps(...) returned None: expected an array of shape (5,)'
    assert np.shape(got) == (5,), f'five_taps: expected shape (5,), got {np.shape(got)}'
    expected = [0, 41, 52, 63, 0]
    assert np.allclose(got, expected), f'five_taps: expected {expected}, got {np.asarray(got).tolist()}'
    assert isinstance(border_rows, (list, tuple)), 'border_rows should be a list of integers'
    assert all((type(row) is int for row in border_rows)), 'border_rows should hold integers'
    assert isinstance(first_layer, dict), 'first_layer should be a dictionary'
    for key in ('rows', 'nonzeros', 'weights'):
        assert type(first_layer.get(key)) is int, f'first_layer[{key!r}] should be an integer'

@test_case(points=1.5, hidden=True, 
    failure_message="The matrix is wrong for some numbers of channels. It has one block of rows per output channel and one block of columns per input channel.")
def test_layer_against_torch(multichannel_matrix):
    import numpy as np
    import torch
    rng = np.random.default_rng(110)
    for c_out, c_in in ((1, 1), (2, 1), (1, 2), (2, 2), (3, 4)):
        for n, k in ((6, 3), (1, 3), (5, 1), (4, 5), (9, 5), (2, 7)):
            kernels, x = (rng.normal(size=(c_out, c_in, k)), rng.normal(size=(c_in, n)))
            h = torch.conv1d(torch.tensor(x)[None], torch.tensor(kernels), padding=k // 2)[0].numpy()
            got = np.asarray(multichannel_matrix(n, kernels))
            assert got.shape == (c_out * n, c_in * n)
            assert np.allclose(got @ x.reshape(-1), h.reshape(-1), rtol=0, atol=1e-12)
            assert (got != 0).sum() <= c_out * c_in * k * n

@test_case(points=1.5, hidden=True, 
    failure_message="Two layers in a row are not what your matrix or your five taps say. Which layer stands on the right of the product, and are all hidden channels counted?")
def test_two_layers_against_torch(two_layer_matrix, five_taps):
    import numpy as np
    import torch
    rng = np.random.default_rng(111)
    for c_in, c, c_out, n in ((1, 2, 1, 6), (1, 1, 1, 5), (2, 3, 4, 6), (3, 1, 2, 1), (1, 4, 1, 12)):
        for k1, k2 in ((3, 3), (5, 1), (3, 5)):
            first, second = (rng.normal(size=(c, c_in, k1)), rng.normal(size=(c_out, c, k2)))
            x = rng.normal(size=(c_in, n))
            h = torch.conv1d(torch.tensor(x)[None], torch.tensor(first), padding=k1 // 2)
            h = torch.conv1d(h, torch.tensor(second), padding=k2 // 2)[0].numpy()
            got = np.asarray(two_layer_matrix(n, first, second))
            assert got.shape == (c_out * n, c_in * n)
            assert np.allclose(got @ x.reshape(-1), h.reshape(-1), rtol=0, atol=1e-11)
    for c in (1, 2, 3, 6):
        first, second = (rng.normal(size=(c, 1, 3)), rng.normal(size=(1, c, 3)))
        x = torch.tensor(rng.normal(size=(1, 1, 20)))
        h = torch.conv1d(torch.conv1d(x, torch.tensor(first)), torch.tensor(second))
        taps = np.array(five_taps(first, second), dtype=np.float64)
        assert taps.shape == (5,)
        assert torch.allclose(torch.conv1d(x, torch.tensor(taps)[None, None]), h, rtol=0, atol=1e-11)

@test_case(points=1, hidden=True, 
    failure_message="border_rows or first_layer is wrong. What does the second layer read beyond the border, and what would a single convolution of size five have there?")
def test_counted_for_six_inputs(border_rows, first_layer):
    import torch
    generator = torch.Generator().manual_seed(112)
    draw = lambda *shape: torch.rand(shape, generator=generator, dtype=torch.float64) + 0.1
    first, second, units = (draw(2, 1, 3), draw(1, 2, 3), torch.eye(6, dtype=torch.float64)[:, None])
    h = torch.conv1d(units, first, padding=1)
    both = torch.conv1d(h, second, padding=1)[:, 0].T
    single = torch.conv1d(torch.conv1d(units, first, padding=2), second)[:, 0].T
    differ = ((both - single).abs() > 1e-09).any(1)
    assert list(border_rows) == [row for row in range(6) if differ[row]]
    entries = h[h != 0]
    assert first_layer['rows'] == h[0].numel()
    assert first_layer['nonzeros'] == len(entries)
    assert first_layer['weights'] == len(set(entries.tolist()))

