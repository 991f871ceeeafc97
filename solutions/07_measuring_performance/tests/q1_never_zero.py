from otter.test_files import test_case

OK_FORMAT = False

name = "q1_never_zero"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="A single gap of 0 costs log 2, and so does one input with the counts (1, 1); rounds_to_zero returns an integer.")
def test_two_classes(loss_from_gaps, rounds_to_zero, loss_floor, zero_facts):
    import math
    import numpy as np
    import torch
    for name, got in (('loss_from_gaps', loss_from_gaps(np.array([0.0]))), ('loss_floor', loss_floor(np.array([[1, 1]])))):
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == (), f'{name} should return a single number, got shape {np.shape(got)}'
        assert abs(got - math.log(2)) < 1e-09, f'{name}: expected log 2 = {math.log(2):.6f}, got {got}'
    got = rounds_to_zero(torch.float32)
    assert isinstance(got, (int, np.integer)), f'rounds_to_zero(torch.float32) should be an integer, got {got}'
    assert isinstance(zero_facts, dict), 'zero_facts should be a dictionary'
    for key in ('perfect_accuracy', 'enough_capacity', 'below_any_bound', 'conflicts', 'printed_zero'):
        assert isinstance(zero_facts.get(key), bool), f'zero_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The loss is wrong or inaccurate for some gaps. Try gaps of 100, of -1000, and several classes.")
def test_loss_in_many_digits(loss_from_gaps):
    from decimal import Decimal, localcontext
    import numpy as np
    rng = np.random.default_rng(701)
    cases = [rng.normal(size=k) * scale for k in (1, 2, 5, 20) for scale in (0.1, 3, 30)]
    cases += [np.array([g]) for g in (0.0, 16.0, 17.0, 40.0, 100.0, 600.0, -40.0, -1000.0)]
    cases += [np.array([600.0, 600.0]), np.array([-1000.0, 600.0, -999.0]), rng.normal(size=8)[::2], np.array([])]
    with localcontext() as context:
        context.prec = 330
        for gaps in cases:
            exact = float(sum((Decimal(-float(g)).exp() for g in gaps), Decimal(1)).ln())
            assert abs(loss_from_gaps(gaps) - exact) <= 1e-12 * exact

@test_case(points=1, hidden=True, 
    failure_message="Torch's loss is not zero at the gap that you name, or it is zero earlier, or your lower bound is not the largest one.")
def test_rounding_and_floor(rounds_to_zero, loss_floor):
    import numpy as np
    import torch
    label = torch.tensor([0])
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        losses = [torch.nn.functional.cross_entropy(torch.tensor([[g, 0]], dtype=dtype), label) for g in range(60)]
        assert rounds_to_zero(dtype) == [bool(loss == 0) for loss in losses].index(True)
    rng = np.random.default_rng(702)
    tables = [[[3, 1]], [[4, 0]], [[2, 2, 2]], [[1, 0, 0], [0, 5, 0]], [[1, 0], [7, 1]], [[90, 1], [0, 3]], [[6]]]
    tables += [rng.integers(0, 5, size=(m, k)) + np.eye(m, k, dtype=int) for m, k in ((3, 3), (6, 6), (4, 5))]
    for counts in map(np.array, tables):
        floor = loss_floor(counts)
        m, k = np.nonzero(counts)
        rows, labels = (np.repeat(m, counts[m, k]), torch.tensor(np.repeat(k, counts[m, k])))
        best = torch.tensor(counts[rows], dtype=torch.float64).log()
        loss = lambda logits: float(torch.nn.functional.cross_entropy(logits, labels))
        assert abs(floor - loss(best)) <= 1e-12
        for _ in range(5):
            nudge = torch.tensor(0.05 * rng.normal(size=counts.shape))[rows]
            assert floor <= loss(best + nudge) + 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. How close to 1 can a softmax probability come?")
def test_zero_facts(zero_facts):
    from decimal import Decimal, localcontext
    import torch
    with localcontext() as context:
        context.prec = 500
        loss = {g: (1 + Decimal(-g).exp()).ln() for g in (1, 17, 100, 1000)}
    correct_but_not_zero = loss[1] > 0
    shares = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    worst = -(shares.log() + (1 - shares).log()) / 2
    printed = torch.nn.functional.cross_entropy(torch.tensor([[17.0, 0.0]]), torch.tensor([0]))
    assert zero_facts['perfect_accuracy'] is (not correct_but_not_zero)
    assert zero_facts['enough_capacity'] is any((value == 0 for value in loss.values()))
    assert zero_facts['below_any_bound'] is (loss[1000] < Decimal(10) ** (-400))
    assert zero_facts['conflicts'] is bool(worst.min() > 0.1)
    assert zero_facts['printed_zero'] is (not (float(printed) == 0 and loss[17] > 0))

