from otter.test_files import test_case

OK_FORMAT = False

name = "q12_ball_volume"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With r = 0.5 the volumes are 1 for D = 1 and pi / 6 for D = 3; Stirling's formula comes close to that.")
def test_known_volumes(log_volume, log_volume_stirling, largest_ball, volume_facts):
    import math
    import numpy as np
    for d, expected in ((1, 1.0), (3, math.pi / 6)):
        got = log_volume(d, 0.5)
        assert got is not None, 'log_volume(...) returned None: expected a float'
        assert np.shape(got) == (), f'log_volume should return a single number, got {got}'
        assert abs(math.exp(got) - expected) < 1e-09, f'exp(log_volume({d}, 0.5)): expected {expected}, got {math.exp(got)}'
    got = log_volume_stirling(3, 0.5)
    assert got is not None, 'log_volume_stirling(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - math.log(math.pi / 6)) < 0.1, f'log_volume_stirling(3, 0.5): got {got}'
    got = largest_ball(0.5, 3)
    assert got is not None, 'largest_ball(...) returned None: expected an integer'
    assert got == 1, f'largest_ball(0.5, 3): expected 1, got {got}'
    assert isinstance(volume_facts, dict), 'volume_facts should be a dictionary'
    keys = ['unit_diameter_vanishes', 'unit_radius_grows', 'large_radius_survives', 'slower_than_exponential']
    for key in keys:
        assert isinstance(volume_facts.get(key), bool), f'volume_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A logarithm or the largest ball is wrong. Stirling's formula must come closer and closer as D grows; is its square root there, and is it applied to D / 2?")
def test_volumes_built_up(log_volume, log_volume_stirling, largest_ball):
    import math
    for r in (0.5, 1.0, 0.2, 3.0):
        logs = [0.0, math.log(2 * r)]
        for d in range(2, 20001):
            logs.append(logs[-2] + math.log(2 * math.pi * r * r / d))
        for d in (1, 2, 3, 4, 5, 10, 11, 100, 999, 20000):
            assert abs(log_volume(d, r) - logs[d]) <= 1e-10 * (1 + abs(logs[d]))
            gap = log_volume_stirling(d, r) - logs[d]
            assert abs(gap - 1 / (6 * d)) <= 1 / (40 * d ** 3) + 1e-10 * (1 + abs(logs[d]))
        for limit in (1, 2, 6, 60):
            assert largest_ball(r, limit) == max(range(1, limit + 1), key=lambda d: logs[d])
    assert abs(log_volume_stirling(10 ** 6, 0.5) - log_volume(10 ** 6, 0.5)) < 1e-06

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements on volumes is decided wrongly. Follow the volumes to large D.")
def test_volume_facts(volume_facts):
    import math

    def logs(r):
        found = [0.0, math.log(2 * r)]
        for d in range(2, 5001):
            found.append(found[-2] + math.log(2 * math.pi * r * r / d))
        return found[1:]
    small, unit, large = (logs(0.5), logs(1.0), logs(10.0))
    rates = [value / d for d, value in enumerate(small, 1)]
    assert volume_facts['unit_diameter_vanishes'] is (small[-1] < -1000)
    assert volume_facts['unit_radius_grows'] is all((b > a for a, b in zip(unit, unit[1:])))
    assert volume_facts['large_radius_survives'] is (large[-1] > 0)
    assert volume_facts['slower_than_exponential'] is (rates[-1] > rates[len(rates) // 10] - 0.1)

