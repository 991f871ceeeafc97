from otter.test_files import test_case

OK_FORMAT = False

name = "q21_when_dropout_helps"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="mean_result gives a dictionary of means, gap_reduction an array of shape (len(widths), 3); dropout_facts holds eight booleans.")
def test_made_up_runs(mean_result, gap_reduction, dropout_facts):
    import numpy as np
    got = mean_result(lambda seed, bonus: {'a': seed + bonus, 'b': 1.0}, {'bonus': 10.0}, [1, 2, 6])
    assert got is not None, 'mean_result(...) returned None: expected a dictionary'
    assert isinstance(got, dict) and set(got) == {'a', 'b'}, f'mean_result: expected the keys a and b, got {got}'
    assert abs(got['a'] - 13) < 1e-09, f"mean_result: expected a = 13, got {got['a']}"
    made_up = lambda width, p1, p2, seed: {'train_accuracy': 1.0 - p1, 'test_accuracy': 0.25}
    got = gap_reduction(made_up, [4], 0.5, [0])
    assert got is not None, 'gap_reduction(...) returned None: expected an array'
    assert np.shape(got) == (1, 3), f'gap_reduction: expected shape (1, 3), got {np.shape(got)}'
    assert np.allclose(got, [[0.75, 0.25, 0.5]]), f'gap_reduction: expected [[0.75, 0.25, 0.5]], got {got}'
    assert isinstance(dropout_facts, dict), 'dropout_facts should be a dictionary'
    keys = ['order_matters', 'learns_at_ninety', 'slow_start', 'lower_test_loss', 'prevents_for_ever', 'both_best']
    for key in [*keys, 'more_units_more_gain', 'gain_needs_a_gap']:
        assert isinstance(dropout_facts.get(key), bool), f'dropout_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A mean or a gap is wrong for some runs. Every width, both rates and every seed count, and the gap compares training with test accuracy.")
def test_study_of_known_runs(mean_result, gap_reduction):
    import numpy as np

    def run(width, p1, p2, seed):
        train = 0.9 - 0.3 * p1 + 0.01 * width + 0.001 * seed ** 2
        test = 0.5 + 0.11 * p2 - 0.02 * width - 0.003 * seed
        return {'train_loss': 7.0, 'test_loss': 9.0, 'train_accuracy': train, 'test_accuracy': test}
    for widths, p, seeds in (([1, 16, 5], 0.5, [3, 1, 8]), ([2], 0.25, [4]), ([7, 7], 0.9, [1, 2, 3, 4])):
        got = gap_reduction(run, widths, p, seeds)
        assert np.shape(got) == (len(widths), 3)
        for row, width in zip(np.asarray(got), widths):
            base = 0.4 + 0.03 * width + np.mean([0.001 * s ** 2 + 0.003 * s for s in seeds])
            assert np.allclose(row, [base, base - 0.41 * p, 0.41 * p], rtol=0, atol=1e-09)
    noise = {s: np.random.default_rng(s).normal(size=2) for s in (5, 6, 7, 8)}
    got = mean_result(lambda seed, k: {'u': k * noise[seed][0], 'v': noise[seed][1]}, {'k': 3}, [5, 6, 7, 8])
    expected = np.mean(list(noise.values()), axis=0)
    assert abs(got['u'] - 3 * expected[0]) < 1e-09 and abs(got['v'] - expected[1]) < 1e-09
    assert mean_result(lambda seed: {'only': seed}, {}, [41])['only'] == 41

@test_case(points=2, hidden=True, 
    failure_message="At least one of the eight statements about dropout does not hold in these runs. Take several seeds and compare means.")
def test_dropout_facts(dropout_facts, quick_run):
    import torch
    torch.set_num_threads(1)

    def mean(key, **settings):
        results = [quick_run(seed=seed, **settings) for seed in (201, 202, 203)]
        return sum((result[key] for result in results)) / 3

    def reduction(width):
        gaps = []
        for p in (0.0, 0.5):
            results = [quick_run(seed=seed, width=width, p1=p, p2=p) for seed in (201, 202, 203)]
            gaps.append(sum((result['train_accuracy'] - result['test_accuracy'] for result in results)) / 3)
        return gaps[0] - gaps[1]
    half = {'p1': 0.5, 'p2': 0.5}
    swapped = [mean('test_accuracy', p1=a, p2=b) for a, b in ((0.2, 0.5), (0.5, 0.2))]
    early = [mean('train_loss', steps=10, **rates) for rates in (half, {})]
    losses = {name: mean('test_loss', **settings) for name, settings in (('none', {}), ('dropout', half))}
    losses |= {'decay': mean('test_loss', decay=5.0), 'both': mean('test_loss', decay=5.0, **half)}
    gains = {width: reduction(width) for width in (1, 16, 256)}
    assert dropout_facts['order_matters'] is (abs(swapped[0] - swapped[1]) > 0.08)
    assert dropout_facts['learns_at_ninety'] is (mean('train_loss', p1=0.9, p2=0.9) < 0.4)
    assert dropout_facts['slow_start'] is (early[0] > early[1])
    assert dropout_facts['lower_test_loss'] is (losses['dropout'] < losses['none'])
    assert dropout_facts['prevents_for_ever'] is (mean('test_loss', steps=150, **half) < losses['dropout'])
    assert dropout_facts['both_best'] is (min(losses, key=losses.get) == 'both')
    assert dropout_facts['more_units_more_gain'] is (max(gains, key=gains.get) == 256)
    assert dropout_facts['gain_needs_a_gap'] is (gains[16] > gains[1])

