from otter.test_files import test_case

OK_FORMAT = False

name = "q6_saturation"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="The slope is 1/4 at 0 and 3/16 at log 3, in the dtype of f; saturation_facts holds five booleans.")
def test_at_zero(sigmoid_slope, largest_product, active_range, saturation_facts):
    import math
    import numpy as np
    for dtype in (np.float32, np.float64):
        got = sigmoid_slope(np.array([0.0, math.log(3)], dtype=dtype))
        assert got is not None, 'sigmoid_slope(...) returned None: expected an array'
        assert isinstance(got, np.ndarray) and got.shape == (2,), 'sigmoid_slope: expected an array of shape (2,)'
        assert got.dtype == dtype, f'sigmoid_slope: expected {np.dtype(dtype)}, got {got.dtype}'
        assert np.allclose(got, [1 / 4, 3 / 16], rtol=1e-05), f'sigmoid_slope: expected [1/4, 3/16], got {got}'
    got = largest_product(1)
    assert got is not None, 'largest_product(1) returned None: expected a float'
    assert abs(got - 1 / 4) < 1e-12, f'largest_product(1): expected 1/4, got {got}'
    got = active_range(3 / 16)
    assert got is not None, 'active_range(3 / 16) returned None: expected a float'
    assert abs(got - math.log(3)) < 1e-09, f'active_range(3 / 16): expected log 3, got {got}'
    keys = ['tends_to_one', 'tends_to_zero_on_both_sides', 'divided_by_e', 'ten_units_keep_a_millionth']
    assert isinstance(saturation_facts, dict), 'saturation_facts should be a dictionary'
    for key in keys + ['largest_when_output_is_one']:
        assert isinstance(saturation_facts.get(key), bool), f'saturation_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some f the slope is wrong, not finite, or has lost its digits. What does 1 - s keep of a number s that is nearly 1?")
def test_slope_with_many_digits(sigmoid_slope):
    from decimal import Decimal, getcontext
    import numpy as np
    getcontext().prec = 60
    points = [0.0, 0.5, -0.5, 2.0, -3.0, 8.0, -12.0, 16.0, -16.0, 20.0, 37.0, -37.0, 60.0, -60.0, 79.0, -79.0]
    exact = []
    for p in points:
        e = (-Decimal(p)).exp()
        exact.append(float(e / (1 + e) ** 2))
    for dtype in (np.float32, np.float64):
        got = sigmoid_slope(np.array(points, dtype=dtype))
        assert got.dtype == dtype and np.allclose(got, exact, rtol=1e-05, atol=0)
        far = sigmoid_slope(np.array([[200.0, -200.0], [10000.0, -10000.0]], dtype=dtype))
        assert far.shape == (2, 2) and bool((far >= 0).all()) and bool((far < 1e-35).all())

@test_case(points=1, hidden=True, 
    failure_message="largest_product, active_range or at least one of the five statements is wrong. Look at the slope at 0 and at both ends.")
def test_reach_and_facts(largest_product, active_range, saturation_facts):
    import math
    import numpy as np
    f = np.linspace(-40, 40, 80001)
    slope = 1 / (2 + np.exp(f) + np.exp(-f))
    for depth in (1, 2, 3, 10):
        assert math.isclose(largest_product(depth), np.prod([slope.max()] * depth), rel_tol=1e-09)
    for least in (0.25, 0.2, 0.1, 0.001, 1e-09, 1e-14):
        at = active_range(least)
        assert at >= 0 and math.isclose(1 / (2 + math.exp(at) + math.exp(-at)), least, rel_tol=1e-06)
    ratio = slope[f > 10][:-1000] / slope[f > 10][1000:]
    highest_output = 1 / (1 + math.exp(-f[slope.argmax()]))
    assert saturation_facts['tends_to_one'] is bool(slope[-1] > 0.5)
    assert saturation_facts['tends_to_zero_on_both_sides'] is bool(max(slope[0], slope[-1]) < 1e-15)
    assert saturation_facts['divided_by_e'] is bool(np.abs(ratio - math.e).max() < 0.01)
    assert saturation_facts['ten_units_keep_a_millionth'] is bool(slope.max() ** 10 > 1e-06)
    assert saturation_facts['largest_when_output_is_one'] is bool(highest_output > 0.9)

