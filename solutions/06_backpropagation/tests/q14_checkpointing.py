from otter.test_files import test_case

OK_FORMAT = False

name = "q14_checkpointing"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Three layers that double have the gradients 4 x, 4 x, 4 x for the loss f; nine layers with every third value kept hold 4.")
def test_three_layers(checkpointed_gradients, peak_values, best_every):

    class Scale:

        def __init__(self, weight):
            self.weight = weight

        def forward(self, h):
            return self.weight * h

        def backward(self, h, slope):
            return (slope * h, slope * self.weight)
    got = checkpointed_gradients([Scale(2.0), Scale(2.0), Scale(2.0)], 5.0, lambda h: 1.0, 2)
    assert got is not None, 'checkpointed_gradients(...) returned None: expected a list'
    assert len(got) == 3, f'expected one gradient per layer, 3, got {len(got)}'
    assert list(got) == [20, 20, 20], f'expected [20, 20, 20], got {got}'
    got = peak_values(9, 3)
    assert got is not None, 'peak_values(9, 3) returned None: expected an integer'
    assert got == 4, f'peak_values(9, 3): expected 4, got {got}'
    got = best_every(1)
    assert got is not None, 'best_every(1) returned None: expected an integer'
    assert got == 1, f'best_every(1): expected 1, got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="Some gradient is wrong. Each layer's backward needs the value that entered this layer, not a checkpoint before it, and the last segment may be short.")
def test_gradients_against_autograd(checkpointed_gradients):
    import numpy as np
    import torch

    class Layer:

        def __init__(self, weight):
            self.weight = weight

        def forward(self, h):
            import numpy as np
            return np.tanh(self.weight @ h)

        def backward(self, h, slope):
            import numpy as np
            inner = slope * (1 - np.tanh(self.weight @ h) ** 2)
            return (np.outer(inner, h), self.weight.T @ inner)
    rng = np.random.default_rng(621)
    for depth in (1, 2, 7, 23, 50):
        weights = [rng.normal(size=(3, 3)) * 0.8 for _ in range(depth)]
        x = rng.normal(size=3)
        free = [torch.tensor(w, requires_grad=True) for w in weights]
        h = torch.tensor(x)
        for w in free:
            h = torch.tanh(w @ h)
        expected = torch.autograd.grad((h ** 2).sum(), free)
        layers = [Layer(w) for w in weights]
        for every in {1, 5, min(depth, 10), depth, depth + 3}:
            got = checkpointed_gradients(layers, x, lambda h: 2 * h, every)
            assert len(got) == depth
            for g, e in zip(got, expected):
                assert np.allclose(g, e.numpy(), rtol=1e-09, atol=1e-14)

@test_case(points=1.5, hidden=True, 
    failure_message="Too many values are alive at once, or forward is called too often. Which names still hold values when a new segment begins?")
def test_memory_and_calls(checkpointed_gradients):

    def watch(checkpointed_gradients, depth, every):
        import weakref

        class Value:

            def __init__(self, number):
                self.number = number
        alive, counts = (weakref.WeakSet(), {'calls': 0, 'peak': 0})

        class Layer:

            def forward(self, h):
                counts['calls'] += 1
                result = Value(h.number + 1)
                alive.add(result)
                counts['peak'] = max(counts['peak'], len(alive))
                return result

            def backward(self, h, slope):
                return (h.number, slope)
        got = checkpointed_gradients([Layer() for _ in range(depth)], Value(0), lambda h: h.number, every)
        return (got, counts['calls'], counts['peak'])
    for depth, every in ((50, 10), (50, 5), (50, 25), (50, 1), (23, 5), (49, 7), (64, 8), (10, 10)):
        got, calls, peak = inside(watch)(checkpointed_gradients, depth, every)
        checkpoints = len(range(every, depth, every))
        assert list(got) == list(range(depth)) and calls <= 2 * depth
        assert peak <= checkpoints + every - 1 + 3

@test_case(points=1, hidden=True, 
    failure_message="The count or the best distance is wrong for some depth. The last value is no checkpoint.")
def test_counts(peak_values, best_every):
    for depth in [*range(1, 31), 50, 100, 101]:
        counts = []
        for every in range(1, depth + 1):
            kept = {k for k in range(1, depth) if k % every == 0}
            inner = set(range(1, every))
            counts.append(len(kept) + len(inner))
            assert peak_values(depth, every) == counts[-1]
        assert best_every(depth) == counts.index(min(counts)) + 1

