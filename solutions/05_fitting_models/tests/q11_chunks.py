from otter.test_files import test_case

OK_FORMAT = False

name = "q11_chunks"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For f(x) = 2 x and the examples (1, 1), (2, 3), (1, 4) the gradient is 2/3, in chunks of two as well.")
def test_three_examples(full_gradient, chunking_is_exact, gd_possible):
    import torch
    model = torch.nn.Linear(1, 1, bias=False).double()
    model.load_state_dict({'weight': torch.tensor([[2.0]], dtype=torch.float64)})
    x = torch.tensor([[1.0], [2.0], [1.0]], dtype=torch.float64)
    y = torch.tensor([[1.0], [3.0], [4.0]], dtype=torch.float64)
    got = full_gradient(model, x, y, 2)
    assert got is not None, 'full_gradient(...) returned None: expected a list of tensors'
    assert isinstance(got, (list, tuple)) and len(got) == 1, 'full_gradient should return one tensor per parameter'
    assert tuple(got[0].shape) == (1, 1), f'full_gradient: expected shape (1, 1), got {tuple(got[0].shape)}'
    value = got[0].item()
    assert abs(value - 2 / 3) < 1e-09, f'full_gradient: expected 2/3, got {value}'
    got = chunking_is_exact(model, x, y, 2)
    assert isinstance(got, bool), f'chunking_is_exact should return True or False, got {got}'
    assert isinstance(gd_possible, dict), 'gd_possible should be a dictionary'
    keys = ['data_on_disk', 'activations_too_large', 'endless_stream']
    for key in keys + ['fresh_augmentation', 'one_example_at_a_time']:
        assert isinstance(gd_possible.get(key), bool), f'gd_possible[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The accumulated gradient is not that of the mean over all examples, or a call gets too many rows, or .grad is used. Mind the short last chunk.")
def test_accumulated_gradient(full_gradient):
    import torch

    def run(full_gradient, model, x, y, chunk):
        import torch
        sizes = []
        model.register_forward_hook(lambda module, args, output: sizes.append(len(args[0])))
        for p in model.parameters():
            p.grad = torch.full_like(p, 7.0)
        before = [p.detach().clone() for p in model.parameters()]
        got = [g.detach() for g in full_gradient(model, x, y, chunk)]
        kept = all((bool((p.grad == 7).all()) for p in model.parameters()))
        kept = kept and all((bool((p == b).all()) for p, b in zip(model.parameters(), before)))
        return (got, sizes, kept)
    torch.manual_seed(518)
    layers = (torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    model = torch.nn.Sequential(*layers).double()
    for n, chunk in ((103, 10), (7, 3), (6, 3), (5, 1), (1, 4), (4, 9)):
        x, y = (torch.randn(n, 3, dtype=torch.float64), torch.randn(n, 2, dtype=torch.float64))
        loss = torch.nn.functional.mse_loss(model(x), y)
        expected = torch.autograd.grad(loss, list(model.parameters()))
        got, sizes, kept = inside(run)(full_gradient, model, x, y, chunk)
        assert kept is True and max(sizes) <= chunk and (sum(sizes) == n)
        assert len(got) == len(expected)
        for g, e in zip(got, expected):
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-09, atol=1e-11)

@test_case(points=1, hidden=True, 
    failure_message="chunking_is_exact gives the wrong verdict for some model. Which layers look at other rows of the batch, and when?")
def test_which_models_chunk(chunking_is_exact):
    import torch

    class Coupled(torch.nn.Module):
        """A line whose output depends a little on the number of rows that come with it."""

        def __init__(self, size):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
            self.size = size

        def forward(self, x):
            return self.w[0] * (x + self.size * len(x)) + 0 * self.w[1]
    torch.manual_seed(519)
    x, y = (torch.randn(12, 3, dtype=torch.float64), torch.randn(12, 1, dtype=torch.float64))
    linear = lambda: torch.nn.Linear(3, 6)
    for middle, training, exact in ((torch.nn.Tanh(), True, True), (torch.nn.LayerNorm(6), True, True), (torch.nn.BatchNorm1d(6), True, False), (torch.nn.BatchNorm1d(6), False, True), (torch.nn.Dropout(0.0), True, True), (torch.nn.Dropout(0.5), False, True)):
        model = torch.nn.Sequential(linear(), middle, torch.nn.ReLU(), torch.nn.Linear(6, 1)).double()
        model.train(training)
        for chunk in (5, 4, 11 if exact else 10):
            assert chunking_is_exact(model, x, y, chunk) is exact
        assert chunking_is_exact(model, x, y, 12) is True
    x, y = (torch.tensor([[1.0], [2.0], [4.0]]).double().repeat(4, 1), torch.zeros(12, 1, dtype=torch.float64))
    seen = (x[:5].sum() * 5 + x[5:10].sum() * 5 + x[10:].sum() * 2 - x.sum() * 12).item()
    unit = abs(4 * seen / 12)
    for gap, exact in ((0.0, True), (6e-09, True), (1.6e-08, False), (1e-06, False)):
        assert chunking_is_exact(Coupled(gap / unit), x, y, 5) is exact
        assert chunking_is_exact(Coupled(-gap / unit), x, y, 5) is exact

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five situations is judged wrongly. Ask of each how many terms the loss has.")
def test_when_gd_is_possible(gd_possible):
    terms = {'data_on_disk': 10 ** 13, 'activations_too_large': 10 ** 9, 'one_example_at_a_time': 10 ** 6}
    terms |= {'endless_stream': float('inf'), 'fresh_augmentation': float('inf')}
    for key, number in terms.items():
        assert gd_possible[key] is (number < float('inf'))

