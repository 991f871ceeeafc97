from otter.test_files import test_case

OK_FORMAT = False

name = "q23_audio"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The kernel (0, 1, 10) turns the sound (1, 2, 3) into (21, 32, 3).")
def test_short_sound(audio_conv, strided, apparent_frequency, gain, audio_facts):
    import numpy as np
    import torch
    x, w = (torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.0, 1.0, 10.0]))
    got = audio_conv(x[:, None], w[:, None, None], torch.zeros(1))
    assert isinstance(got, torch.Tensor), 'audio_conv should return a tensor'
    assert got.shape == (3, 1), f'audio_conv: expected shape (3, 1), got {tuple(got.shape)}'
    assert got.flatten().tolist() == [21, 32, 3], f'audio_conv: expected 21, 32, 3, got {got.flatten().tolist()}'
    got = strided(x, torch.tensor([1.0]), 2)
    assert isinstance(got, torch.Tensor), 'strided should return a tensor'
    assert got.tolist() == [1, 3], f'strided: every second of (1, 2, 3) is (1, 3), got {got.tolist()}'
    got = apparent_frequency(100, 1000, 2)
    assert got is not None, 'apparent_frequency(...) returned None: expected a number'
    assert abs(got - 100) < 1e-09, f'100 Hz is low enough for 500 samples per second: expected 100, got {got}'
    got = gain(np.array([3.0]), 50.0, 1000.0)
    assert got is not None, 'gain(...) returned None: expected a number'
    assert abs(got - 3) < 1e-09, f'gain of the kernel (3): expected 3, got {got}'
    assert isinstance(audio_facts, dict), 'audio_facts should be a dictionary'
    for key in ('stride_averages', 'filter_later', 'filter_before', 'pitch_is_place'):
        assert isinstance(audio_facts.get(key), bool), f'audio_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The layer in time is wrong for some sound. Later samples meet later entries, all channels are added up, and the length stays.")
def test_layer_in_time(audio_conv):
    import torch
    torch.manual_seed(231)
    for length, c, k, delta in ((12, 3, 4, 2), (1, 1, 1, 0), (3, 2, 5, 3), (2, 4, 1, 1), (6, 1, 2, 0), (1, 2, 3, 4)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
            x, b = (torch.randn(length, c, dtype=dtype), torch.randn(k, dtype=dtype))
            v = torch.randn(2 * delta + 1, c, k, dtype=dtype)
            expected = torch.nn.functional.conv1d(x.T[None], v.permute(2, 1, 0), b, padding=delta)[0].T
            got = audio_conv(x, v, b)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance

@test_case(points=1, hidden=True, 
    failure_message="Strided outputs or apparent frequencies are wrong. Fewer samples fold high tones down, more than once if need be.")
def test_stride_and_folding(strided, apparent_frequency):
    import numpy as np
    import torch
    torch.manual_seed(232)
    for length, k in ((10, 3), (11, 2), (5, 5), (1, 1), (13, 1), (8, 4)):
        x, w = (torch.randn(length, dtype=torch.float64), torch.randn(k, dtype=torch.float64))
        for s in range(1, 5):
            expected = torch.nn.functional.conv1d(x[None, None], w[None, None], stride=s)[0, 0]
            got = strided(x, w, s)
            assert got.shape == expected.shape and (got - expected).abs().max() < 1e-12
    for rate in (1000, 2000):
        for s in (1, 2, 4, 5):
            kept = np.arange(0, rate, s) / rate
            for f in (0, 100, 150, 400, 500, 600, 730, 950, 1300, 2510):
                spectrum = np.abs(np.fft.rfft(np.cos(2 * np.pi * f * kept)))
                assert abs(apparent_frequency(f, rate, s) - spectrum.argmax()) < 1e-06
    assert abs(apparent_frequency(0.75, 2, 2) - 0.25) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="For some kernel the amplitude behind it is not what gain says. Measure it on a long tone.")
def test_gain_measured(gain):
    import numpy as np
    rng = np.random.default_rng(233)
    kernels = [np.array([1.0, 2.0, 1.0]) / 4, np.array([1.0, -1.0]), np.array([-2.0]), rng.normal(size=5)]
    for w in [*kernels, rng.normal(size=8), np.array([0.0, 0.0, 1.0])]:
        for f, rate in ((400.0, 1000.0), (100.0, 1000.0), (0.0, 8.0), (50.0, 400.0), (3.0, 7.0)):
            t = np.arange(7000 + len(w) - 1) / rate
            out = [np.correlate(wave(2 * np.pi * f * t), w, 'valid') for wave in (np.cos, np.sin)]
            measured = np.sqrt((out[0] ** 2 + out[1] ** 2).mean())
            assert abs(gain(w, f, rate) - measured) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about sound is decided wrongly. Listen to the samples that are left.")
def test_audio_facts(audio_facts):
    import numpy as np
    import torch
    x = torch.randn(1, 1, 10)
    kept = torch.nn.functional.conv1d(x, torch.ones(1, 1, 1), stride=2)
    assert audio_facts['stride_averages'] is torch.allclose(kept, torch.nn.functional.avg_pool1d(x, 2))
    t = np.arange(0, 1000, 2) / 1000
    low, high = (np.cos(2 * np.pi * 100 * t), np.cos(2 * np.pi * 400 * t))
    assert audio_facts['filter_later'] is (not bool(np.allclose(low, high)))
    tone = lambda f: np.cos(2 * np.pi * f * np.arange(3000) / 1000)
    left = {f: np.correlate(tone(f), [0.25, 0.5, 0.25], 'valid')[::2].std() / tone(f).std() for f in (100, 400)}
    assert audio_facts['filter_before'] is bool(left[400] < 0.2 and left[100] > 0.8)
    window = lambda f, start: np.abs(np.fft.rfft(np.cos(2 * np.pi * f * np.arange(start, start + 100) / 1000)))
    moved = np.roll(window(100, 0), 5)
    assert np.argmax(moved) == np.argmax(window(150, 0))
    assert audio_facts['pitch_is_place'] is bool(np.argmax(moved) == np.argmax(window(100, 700)))

