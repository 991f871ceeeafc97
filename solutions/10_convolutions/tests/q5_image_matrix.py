from otter.test_files import test_case

OK_FORMAT = False

name = "q5_image_matrix"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For an image of 2 x 2 pixels and the kernel 1 to 9 the first row of the matrix is (5, 6, 8, 9); all 16 entries differ from zero.")
def test_four_pixels(conv2d_matrix, nonzero_count, diagonals_4x6, rows_4x6):
    import numpy as np
    got = conv2d_matrix(2, 2, np.arange(1.0, 10.0).reshape(3, 3))
    assert got is not None, 'conv2d_matrix(...) returned None: expected an array of shape (4, 4)'
    assert np.shape(got) == (4, 4), f'conv2d_matrix: expected shape (4, 4), got {np.shape(got)}'
    expected = [[5, 6, 8, 9], [4, 5, 7, 8], [2, 3, 5, 6], [1, 2, 4, 5]]
    assert np.allclose(got, expected), f'conv2d_matrix: expected {expected}, got {np.asarray(got).tolist()}'
    count = nonzero_count(2, 2)
    assert count == 16, f'nonzero_count(2, 2): expected 16, got {count}'
    assert isinstance(diagonals_4x6, (list, tuple)), 'diagonals_4x6 should be a list of integers'
    assert all((type(entry) is int for entry in diagonals_4x6)), 'diagonals_4x6 should hold integers'
    assert isinstance(rows_4x6, dict), 'rows_4x6 should be a dictionary'
    assert all((type(n) is int for pair in rows_4x6.items() for n in pair)), 'rows_4x6 should hold integers'

@test_case(points=1.5, hidden=True, 
    failure_message="For some image or kernel the matrix is not the convolution. Do pixels of neighbouring rows wrap into each other? Is the kernel turned, or the image read by columns?")
def test_matrix_against_torch(conv2d_matrix):
    import numpy as np
    import torch
    rng = np.random.default_rng(113)
    for height, width in ((4, 6), (6, 4), (1, 5), (5, 1), (3, 3), (1, 1), (2, 7)):
        kernel = rng.normal(size=(3, 3))
        units = torch.eye(height * width, dtype=torch.float64).reshape(-1, 1, height, width)
        z = torch.conv2d(units, torch.tensor(kernel)[None, None], padding=1)
        got = conv2d_matrix(height, width, kernel)
        assert np.shape(got) == (height * width, height * width)
        assert np.allclose(got, z.reshape(height * width, -1).T.numpy(), rtol=0, atol=1e-12)

@test_case(points=1.5, hidden=True, 
    failure_message="The number of non-zeros, the diagonals or the rows are not counted right. Count the neighbours of each pixel, itself included.")
def test_counted_neighbours(nonzero_count, diagonals_4x6, rows_4x6):
    from collections import Counter

    def neighbours(height, width):
        pixels = [(i, j) for i in range(height) for j in range(width)]
        close = lambda p, q: abs(p[0] - q[0]) <= 1 and abs(p[1] - q[1]) <= 1
        return [(r, c) for r, p in enumerate(pixels) for c, q in enumerate(pixels) if close(p, q)]
    for height in range(1, 6):
        for width in range(1, 8):
            assert nonzero_count(height, width) == len(neighbours(height, width))
    huge = nonzero_count(10 ** 10, 10 ** 10 + 1)
    assert type(huge) is int and huge == 9 * 10 ** 20 - 3 * 10 ** 10 - 2
    pairs = neighbours(4, 6)
    assert list(diagonals_4x6) == sorted({c - r for r, c in pairs})
    assert rows_4x6 == Counter(Counter((r for r, _ in pairs)).values())

