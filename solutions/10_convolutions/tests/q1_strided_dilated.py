from otter.test_files import test_case

OK_FORMAT = False

name = "q1_strided_dilated"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For x = (1, 2, 3, 4) and w = (1, 10, 100), stride two gives (210, 432) and dilation two gives (310, 420, 31, 42).")
def test_four_numbers(conv_k3_s2, conv_k3_d2, index_table, conv_general):
    import numpy as np
    x, w = (np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0, 100.0]))
    strided, dilated = ([210.0, 432.0], [310.0, 420.0, 31.0, 42.0])
    for name, got, expected in (('conv_k3_s2(x, w)', conv_k3_s2(x, w), strided), ('conv_k3_d2(x, w)', conv_k3_d2(x, w), dilated), ('conv_general(x, w, 2, 1)', conv_general(x, w, 2, 1), strided), ('conv_general(x, w, 1, 2)', conv_general(x, w, 1, 2), dilated)):
        assert got is not None, f'{name} returned None: expected an array of shape ({len(expected)},)'
        assert np.shape(got) == (len(expected),), f'{name}: expected shape ({len(expected)},), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{name}: expected {expected}, got {np.asarray(got).tolist()}'
    got = index_table(2, 3, 2, 1)
    assert got is not None, 'index_table(2, 3, 2, 1) returned None: expected a list of 3 integers'
    assert isinstance(got, (list, tuple)), 'index_table should return a list'
    assert list(got) == [2, 3, 4], f'index_table(2, 3, 2, 1): expected [2, 3, 4], got {list(got)}'

@test_case(points=1, hidden=True, 
    failure_message="conv_k3_s2 or conv_k3_d2 is wrong for some length. Which inputs do the first and the last output read, and which weight meets which neighbour?")
def test_two_formulas_against_torch(conv_k3_s2, conv_k3_d2):
    import numpy as np
    import torch
    rng = np.random.default_rng(101)
    for n in (1, 2, 3, 4, 6, 7, 12, 13, 24):
        x, w = (rng.normal(size=2 * n)[::2], rng.normal(size=3))
        signal, kernel = (torch.tensor(x)[None, None], torch.tensor(w)[None, None])
        strided = torch.conv1d(signal, kernel, stride=2, padding=1)[0, 0].numpy()
        dilated = torch.conv1d(signal, kernel, dilation=2, padding=2)[0, 0].numpy()
        for got, expected in ((conv_k3_s2(x, w), strided), (conv_k3_d2(x, w), dilated)):
            assert np.shape(got) == expected.shape
            assert np.allclose(got, expected, rtol=0, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="index_table is wrong for some stride or dilation. Where is the centre of output i, and how far from it do the outer weights reach?")
def test_positions_read(index_table):
    import torch
    for k in (1, 3, 5, 7):
        for stride in (1, 2, 3, 5):
            for dilation in (1, 2, 3, 4):
                kernels = torch.eye(k, dtype=torch.float64)[:, None]
                numbers = torch.arange(-99, 201, dtype=torch.float64)[None, None]
                start = 100 - dilation * (k // 2)
                read = torch.conv1d(numbers[..., start:], kernels, stride=stride, dilation=dilation)[0]
                for i in (1, 2, 3, 10):
                    got = index_table(i, k, stride, dilation)
                    assert list(got) == [int(position) for position in read[:, i - 1]]

@test_case(points=1, hidden=True, 
    failure_message="conv_general disagrees with torch for some kernel size, stride, dilation or length. Stride moves the centre, dilation spreads the kernel.")
def test_general_against_torch(conv_general):
    import numpy as np
    import torch
    rng = np.random.default_rng(102)
    for n in (1, 2, 6, 7, 13, 30):
        for k in (1, 3, 5, 7):
            for stride in (1, 2, 3):
                for dilation in (1, 2, 3):
                    x, w = (rng.normal(size=n), rng.normal(size=k))
                    signal, kernel = (torch.tensor(x)[None, None], torch.tensor(w)[None, None])
                    settings = {'stride': stride, 'dilation': dilation, 'padding': dilation * (k - 1) // 2}
                    expected = torch.conv1d(signal, kernel, **settings)[0, 0].numpy()
                    got = conv_general(x, w, stride, dilation)
                    assert np.shape(got) == expected.shape
                    assert np.allclose(got, expected, rtol=0, atol=1e-12)

