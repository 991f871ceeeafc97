from otter.test_files import test_case

OK_FORMAT = False

name = "q13_unet_sizes"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Without padding and with depth 1, a width of 20 gives 4, with 4 pixels cropped from each side.")
def test_depth_one(unet_out, skip_crops, smallest_fit):
    import numpy as np
    got = unet_out(20, 1, False)
    assert got is not None, 'unet_out(20, 1, False) returned None: expected 4'
    assert got == 4, f'unet_out(20, 1, False): expected 4, got {got}'
    assert unet_out(20, 1, True) == 20, f'unet_out(20, 1, True): expected 20, got {unet_out(20, 1, True)}'
    assert unet_out(21, 1, True) is None, 'unet_out(21, 1, True): expected None, the pooling meets an odd width'
    got = skip_crops(1)
    assert got is not None, 'skip_crops(1) returned None: expected a list'
    assert list(got) == [4], f'skip_crops(1): expected [4], got {got}'
    got = smallest_fit(21, 1, True)
    assert isinstance(got, (int, np.integer)), f'smallest_fit should return an integer, got {got!r}'
    assert got == 22, f'smallest_fit(21, 1, True): expected 22, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Some width is wrong, or a width that cannot work is accepted (or the other way round). Follow the map level by level.")
def test_widths_against_layers(unet_out):
    import torch
    from torch.nn import functional as F

    def run(n, depth, padded):
        h, kernel, maps = (torch.zeros(1, 1, n), torch.ones(1, 1, 3), [])

        def twice(h):
            for _ in range(2):
                h = F.conv1d(h, kernel, padding=int(padded))
            return h
        for _ in range(depth):
            maps.append(twice(h))
            assert maps[-1].shape[2] % 2 == 0
            h = F.max_pool1d(maps[-1], 2)
        h = twice(h)
        for skip in reversed(maps):
            h = F.conv_transpose1d(h, torch.ones(1, 1, 2), stride=2)
            assert skip.shape[2] >= h.shape[2] > 0
            h = twice(h)
        return h.shape[2]
    for depth, padded, widths in ((0, False, range(1, 9)), (0, True, range(1, 4)), (1, False, range(1, 40)), (1, True, range(1, 10)), (2, False, range(1, 75)), (2, True, range(1, 20)), (3, False, range(80, 125, 3)), (3, True, (1, 4, 8, 12, 16, 24, 28)), (4, False, (172, 180, 187, 188, 189, 190, 192, 196, 204, 570, 571, 572, 580, 588)), (4, True, (16, 96, 100, 104, 572, 576))):
        for n in widths:
            try:
                expected = run(n, depth, padded)
            except (RuntimeError, AssertionError):
                expected = None
            got = unet_out(n, depth, padded)
            assert (got is None) == (expected is None)
            assert expected is None or got == expected

@test_case(points=1, hidden=True, 
    failure_message="The crops are wrong for a deeper U-Net. By how much do the two maps that meet differ, and how many sides are there?")
def test_crops_against_layers(skip_crops):
    from torch import nn, zeros
    conv, pool, up = (nn.Conv1d(1, 1, 3), nn.MaxPool1d(2), nn.ConvTranspose1d(1, 1, 2, stride=2))
    assert list(skip_crops(0)) == []
    for depth, n in ((1, 32), (2, 60), (3, 92), (4, 572), (5, 604)):
        h, maps = (zeros(1, 1, n), [])
        for _ in range(depth):
            maps.append(conv(conv(h)))
            h = pool(maps[-1])
        h, crops = (conv(conv(h)), [])
        for skip in reversed(maps):
            h = up(h)
            left = skip.shape[2] - h.shape[2]
            crops.append(left // 2)
            h = conv(conv(skip[:, :, left // 2:skip.shape[2] - left // 2] + h))
        assert [int(crop) for crop in skip_crops(depth)] == crops

@test_case(points=1, hidden=True, 
    failure_message="smallest_fit returns a width that does not work, or not the smallest.")
def test_smallest_width(smallest_fit):

    def works(n, depth, padded):
        if padded:
            return n % 2 ** depth == 0
        for _ in range(depth):
            n = (n - 4) / 2
        return n == int(n) and n - 4 >= {0: 1, 1: 3}.get(depth, 4)
    for depth in range(5):
        for padded in (True, False):
            for n in (1, 2, 7, 16, 33, 100, 189, 573):
                expected = n
                while not works(expected, depth, padded):
                    expected += 1
                assert smallest_fit(n, depth, padded) == expected

