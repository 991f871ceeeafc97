from otter.test_files import test_case

OK_FORMAT = False

name = "q3_weight_matrix"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="On four inputs the kernel (1, 2, 3) with stride two has the matrix (2 3 0 0), (0 1 2 3), and step two keeps entries 1 and 3.")
def test_four_inputs(conv_matrix, sampling_matrix, strided_from_unit, nonzeros, matrix_facts):
    import numpy as np
    w = np.array([1.0, 2.0, 3.0])
    strided, kept = ([[2, 3, 0, 0], [0, 1, 2, 3]], [[1, 0, 0, 0], [0, 0, 1, 0]])
    for name, got, expected in (('conv_matrix(4, w, 2)', conv_matrix(4, w, 2), strided), ('sampling_matrix(4, 2)', sampling_matrix(4, 2), kept), ('strided_from_unit(4, w, 2)', strided_from_unit(4, w, 2), strided)):
        assert got is not None, f'{name} returned None: expected an array of shape (2, 4)'
        assert np.shape(got) == (2, 4), f'{name}: expected shape (2, 4), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{name}: expected {expected}, got {np.asarray(got).tolist()}'
    assert isinstance(nonzeros, dict), 'nonzeros should be a dictionary'
    for key in ('k3_stride2', 'k5', 'k3_dilation2'):
        assert type(nonzeros.get(key)) is int, f'nonzeros[{key!r}] should be an integer'
    assert isinstance(matrix_facts, dict), 'matrix_facts should be a dictionary'
    for key in ('kernel_one', 'sample_first', 'sample_first_dilated', 'row_product', 'column_product'):
        assert isinstance(matrix_facts.get(key), bool), f'matrix_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="conv_matrix is wrong for some kernel, stride, dilation or length. Column j of the matrix is what the convolution makes of the j-th unit vector.")
def test_columns_are_impulse_responses(conv_matrix):
    import numpy as np
    import torch
    rng = np.random.default_rng(107)
    for n in (1, 2, 6, 7, 12):
        for k in (1, 3, 5, 7):
            for stride in (1, 2, 3):
                for dilation in (1, 2, 3):
                    w = rng.normal(size=k)
                    settings = {'stride': stride, 'dilation': dilation, 'padding': dilation * (k - 1) // 2}
                    units = torch.eye(n, dtype=torch.float64)[:, None]
                    expected = torch.conv1d(units, torch.tensor(w)[None, None], **settings)[:, 0].T.numpy()
                    got = conv_matrix(n, w, stride, dilation)
                    assert np.shape(got) == expected.shape
                    assert np.allclose(got, expected, rtol=0, atol=1e-12)
    assert np.array_equal(conv_matrix(3, [1.0, 2.0, 3.0]), [[2, 3, 0], [1, 2, 3], [0, 1, 2]])

@test_case(points=1, hidden=True, 
    failure_message="The sampling matrix does not keep the right entries, or the product of the two matrices is not the strided convolution.")
def test_sampling_and_product(sampling_matrix, strided_from_unit):
    import numpy as np
    import torch
    rng = np.random.default_rng(108)
    for n in (1, 2, 6, 7, 12):
        for step in (1, 2, 3, 5):
            x = rng.normal(size=n)
            got = np.asarray(sampling_matrix(n, step))
            assert got.shape == (-(-n // step), n)
            assert np.allclose(got @ x, [x[i] for i in range(0, n, step)], rtol=0, atol=1e-12)
            assert set(got.ravel().tolist()) <= {0.0, 1.0}
            for k in (1, 3, 5):
                w = rng.normal(size=k)
                settings = {'stride': step, 'padding': (k - 1) // 2}
                units = torch.eye(n, dtype=torch.float64)[:, None]
                expected = torch.conv1d(units, torch.tensor(w)[None, None], **settings)[:, 0].T.numpy()
                got = strided_from_unit(n, w, step)
                assert np.shape(got) == expected.shape
                assert np.allclose(got, expected, rtol=0, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the three counts of non-zero entries is wrong. Rows at the borders have fewer than the others.")
def test_nonzeros_counted(nonzeros):
    import torch
    units = torch.eye(6)[:, None]
    counted = {'k3_stride2': torch.conv1d(units, torch.ones(1, 1, 3), stride=2, padding=1), 'k5': torch.conv1d(units, torch.ones(1, 1, 5), padding=2), 'k3_dilation2': torch.conv1d(units, torch.ones(1, 1, 3), dilation=2, padding=2)}
    for key, columns in counted.items():
        assert nonzeros[key] == int((columns != 0).sum())

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the matrices is decided wrongly. Write both sides out for eight inputs.")
def test_matrix_facts(matrix_facts):
    import torch
    generator = torch.Generator().manual_seed(109)
    gap = lambda a, b: (a - b).abs().max().item()
    worst = {'sample_first': 0.0, 'sample_first_dilated': 0.0, 'row_product': 0.0, 'column_product': 0.0}
    widest = 0
    for n in (8, 9, 10, 11, 12, 13):
        w = torch.randn(1, 1, 3, generator=generator, dtype=torch.float64)
        units = torch.eye(n, dtype=torch.float64)[:, None]
        sampled = units[..., ::2]
        late = torch.conv1d(sampled, w, padding=1)
        s = sampled[:, 0].T
        measured = {'sample_first': gap(late, torch.conv1d(units, w, stride=2, padding=1)), 'sample_first_dilated': gap(late, torch.conv1d(units, w, stride=2, dilation=2, padding=2)), 'row_product': gap(s @ s.T, torch.eye(len(s), dtype=torch.float64)), 'column_product': gap(s.T @ s, torch.eye(n, dtype=torch.float64))}
        worst = {key: max(worst[key], value) for key, value in measured.items()}
        widest = max(widest, int((s != 0).sum(1).max()))
    for key, value in worst.items():
        assert matrix_facts[key] is bool(value < 1e-09)
    assert matrix_facts['kernel_one'] is bool(widest >= 3)

