from otter.test_files import test_case

OK_FORMAT = False

name = "q4_sigmoid_curve"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="sig'(0) is 0.25. For phi (-2, 4) the crossing is at 0.5, the slope there is 1, and crossing_moves is 1 or -1.")
def test_one_curve(sigmoid_slope, crossing, crossing_slope, crossing_moves):
    import numpy as np
    got = sigmoid_slope(np.array([0.0]))
    assert got is not None, 'sigmoid_slope(...) returned None: expected an array'
    assert np.shape(got) == (1,), f'sigmoid_slope: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, 0.25), f'sigmoid_slope(0): expected 0.25, got {got}'
    phi = np.array([-2.0, 4.0])
    for name, function, expected in (('crossing', crossing, 0.5), ('crossing_slope', crossing_slope, 1.0)):
        got = function(phi)
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == (), f'{name} should return a single number, got shape {np.shape(got)}'
        assert np.isclose(got, expected), f'{name}([-2, 4]): expected {expected}, got {got}'
    got = crossing_moves(phi)
    assert got in (1, -1), f'crossing_moves should return 1 or -1, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="sigmoid_slope is wrong or inaccurate for some z. Check negative and positive z, and z = 40, where 1 - sig(z) rounds to 0.")
def test_slope_in_many_digits(sigmoid_slope):
    from decimal import Decimal, localcontext
    import numpy as np
    rng = np.random.default_rng(506)
    z = np.concatenate([rng.normal(size=40) * 3, rng.uniform(-700, 700, size=40), [-2.0, 0.0, 1.5, 40.0, -40.0]])
    got = sigmoid_slope(z)
    assert np.shape(got) == z.shape
    with localcontext() as context:
        context.prec = 700
        for value, v in zip(got, z):
            e = Decimal(-float(v)).exp()
            exact = float(e / (1 + e) ** 2)
            assert abs(value - exact) <= 1e-09 * exact
    step = 1e-05
    inner = np.array([-2.0, 0.3, 1.5])
    curve = lambda v: 1 / (1 + np.exp(-v))
    assert np.allclose(sigmoid_slope(inner), (curve(inner + step) - curve(inner - step)) / (2 * step), atol=1e-08)
    far = np.asarray(sigmoid_slope(np.array([-1000.0, 1000.0])))
    assert np.isfinite(far).all() and (np.abs(far) < 1e-300).all()

@test_case(points=1, hidden=True, 
    failure_message="For some phi the probability is not one half at your crossing, or the curve has another slope there. Try a negative phi_1.")
def test_crossing_measured(crossing, crossing_slope):
    import numpy as np
    rng = np.random.default_rng(507)
    cases = [rng.normal(size=2) * [2, 1] + [0, sign] for sign in (1.5, -1.5) for _ in range(15)]
    cases += [np.array([0.0, -3.0]), np.array([5.0, 0.25]), np.array([-1.0, -8.0])]
    for phi in cases:
        if abs(phi[1]) < 0.2:
            continue
        x = crossing(phi)
        curve = lambda v: 1 / (1 + np.exp(-(phi[0] + phi[1] * v)))
        assert abs(curve(x) - 0.5) < 1e-12
        step = 0.0001 / abs(phi[1])
        slope = (curve(x + step) - curve(x - step)) / (2 * step)
        assert abs(crossing_slope(phi) - slope) <= 1e-07 * abs(slope)

@test_case(points=1, hidden=True, 
    failure_message="For some phi the crossing moves the other way when phi_0 grows. What does a falling curve do?")
def test_direction_measured(crossing_moves):
    import numpy as np
    for phi in ([0.0, 2.0], [0.0, -2.0], [3.0, 0.1], [3.0, -0.1], [-3.0, 5.0], [-3.0, -5.0], [1.0, 1.0], [1.0, -1.0]):
        x = np.linspace(-100, 100, 200001)
        before, after = (np.abs(phi[0] + nudge + phi[1] * x).argmin() for nudge in (0, 0.05))
        assert crossing_moves(np.array(phi)) == np.sign(after - before)

