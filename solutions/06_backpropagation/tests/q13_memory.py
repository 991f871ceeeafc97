from otter.test_files import test_case

OK_FORMAT = False

name = "q13_memory"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For d = 2, h = 3, q = 1 and four examples inference takes 29 floats, training with SGD 42; memory_facts holds four booleans.")
def test_small_network(inference_floats, training_floats, saved_floats, memory_facts):
    import torch
    got = inference_floats(4, 2, 3, 1)
    assert got is not None, 'inference_floats(4, 2, 3, 1) returned None: expected an integer'
    assert got == 29, f'inference_floats(4, 2, 3, 1): expected 29, got {got}'
    got = training_floats(4, 2, 3, 1, 'sgd')
    assert got is not None, "training_floats(4, 2, 3, 1, 'sgd') returned None: expected an integer"
    assert got == 42, f"training_floats(4, 2, 3, 1, 'sgd'): expected 42, got {got}"
    got = saved_floats(torch.nn.Linear(2, 3, bias=False), torch.ones(4, 2), torch.zeros(4, dtype=torch.int64))
    assert isinstance(got, int), f'saved_floats should return an integer, got {got}'
    assert got == 20, f'a single layer keeps its input and the log-probabilities, 8 + 12 = 20, got {got}'
    assert isinstance(memory_facts, dict), 'memory_facts should be a dictionary'
    keys = ['batch_doubles_all', 'hidden_values_can_go', 'adam_takes_three_times', 'no_grad_keeps_nothing']
    for key in keys:
        assert isinstance(memory_facts.get(key), bool), f'memory_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A count is wrong. Activations are kept for each example, weights are not, and in inference two layers are in memory at a time.")
def test_counts(inference_floats, training_floats):
    import torch
    for n, d, h, q in ((1, 1, 1, 1), (32, 20, 16, 10), (5, 2, 7, 9), (8, 100, 3, 2), (3, 4, 50, 4)):
        x, first, second = (torch.zeros(n, d), torch.zeros(h, d), torch.zeros(q, h))
        hidden = x @ first.T
        out = hidden @ second.T
        weights = first.numel() + second.numel()
        pairs = (x.numel() + hidden.numel(), hidden.numel() + out.numel())
        assert inference_floats(n, d, h, q) == weights + max(pairs)
        values = x.numel() + hidden.numel() + out.numel()
        for name, states in (('sgd', 0), ('momentum', 1), ('adam', 2)):
            assert training_floats(n, d, h, q, name) == weights + weights + states * weights + values

@test_case(points=2, hidden=True, 
    failure_message="The measured number is wrong for some network, or at least one of the four statements is. What is shared counts once, parameters, labels and single numbers not at all.")
def test_measured(saved_floats, memory_facts):
    import torch
    from torch import nn

    def measure(saved_floats, net, x, y, frozen=False, quiet=False):
        import torch
        if frozen:
            net[0].requires_grad_(False)
        with torch.set_grad_enabled(not quiet):
            return saved_floats(net, x, y)
    torch.manual_seed(620)
    stack = lambda act, bias, *widths: nn.Sequential(*[part for a, b in zip(widths, widths[1:]) for part in (nn.Linear(a, b, bias=bias), act())][:-1])
    for n in (1, 2, 32):
        y = torch.zeros(n, dtype=torch.int64)
        for act, copies in ((nn.ReLU, 1), (nn.Tanh, 1), (nn.Sigmoid, 1), (nn.GELU, 2)):
            for bias in (False, True):
                for widths in ((20, 16, 10), (3, 5, 4, 2), (6, 1, 3)):
                    inner = sum(widths[1:-1])
                    expected = n * (widths[0] + copies * inner + widths[-1])
                    x = torch.randn(n, widths[0])
                    assert saved_floats(stack(act, bias, *widths), x, y) == expected
        x, net = (torch.randn(n, 20).double(), stack(nn.ReLU, False, 20, 16, 10).double())
        full = saved_floats(net, x, y)
        assert full == n * 46
        frozen = inside(measure)(saved_floats, net, x, y, frozen=True)
        assert frozen == full - n * 20
        quiet = inside(measure)(saved_floats, net, x, y, quiet=True)
    h = torch.tensor([[1.0], [2.0]])
    w = torch.ones(1, 1, requires_grad=True)
    needs = torch.autograd.grad((h[:1] @ w).sum(), w)[0] != torch.autograd.grad((h[1:] @ w).sum(), w)[0]
    train = lambda n, d, h, q, copies: copies * h * (d + q) + n * (d + h + q)
    assert memory_facts['batch_doubles_all'] is (train(64, 20, 16, 10, 2) == 2 * train(32, 20, 16, 10, 2))
    assert memory_facts['hidden_values_can_go'] is (not bool(needs))
    large = train(1, 1000, 1000, 10, 4) > 3 * (1000 * 1010 + 2000)
    assert memory_facts['adam_takes_three_times'] is large
    assert memory_facts['no_grad_keeps_nothing'] is (quiet == 0)

