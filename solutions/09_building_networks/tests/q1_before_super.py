from otter.test_files import test_case

OK_FORMAT = False

name = "q1_before_super"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="nn.Identity takes all three steps; nn.Linear without arguments fails at once with a TypeError; predicted holds six pairs.")
def test_two_known_classes(first_failure, predicted):
    from torch import nn
    for cls, expected in ((nn.Identity, ('none', None)), (nn.Linear, ('construct', 'TypeError'))):
        got = first_failure(cls)
        assert got is not None, 'first_failure(...) returned None: expected a pair (stage, error)'
        assert isinstance(got, (tuple, list)) and len(got) == 2, 'first_failure should return (stage, error)'
        assert tuple(got) == expected, f'first_failure(nn.{cls.__name__}): expected {expected}, got {got}'
    assert isinstance(predicted, dict), 'predicted should be a dictionary'
    for name in ('LayerOnly', 'ParameterOnly', 'BufferOnly', 'NumberOnly', 'TensorOnly', 'NumberThenSuper'):
        pair = predicted.get(name)
        assert isinstance(pair, (tuple, list)), f'predicted[{name!r}] should be a pair (stage, error)'
        assert len(pair) == 2, f'predicted[{name!r}] should hold a stage and the name of an exception'
        stages = ('construct', 'call', 'parameters', 'none')
        assert pair[0] in stages, f'predicted[{name!r}]: the stage should be one of {stages}'

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six predictions is wrong. Which assignments need a register, and what does calling a module need?")
def test_predictions(predicted):
    import torch
    from torch import nn

    def starts(body):

        class Module(nn.Module):

            def __init__(self):
                body(self)

            def forward(self, x):
                return x
        return Module

    def set_to(value):
        return lambda module: setattr(module, 'scale', value())

    def number_then_super(module):
        module.scale = 2.0
        nn.Module.__init__(module)
        module.linear = nn.Linear(3, 3)
    classes = {'LayerOnly': starts(set_to(lambda: nn.Linear(3, 3))), 'ParameterOnly': starts(set_to(lambda: nn.Parameter(torch.ones(3)))), 'BufferOnly': starts(lambda module: module.register_buffer('scale', torch.ones(3))), 'NumberOnly': starts(set_to(lambda: 2.0)), 'TensorOnly': starts(set_to(lambda: torch.ones(3))), 'NumberThenSuper': starts(number_then_super)}
    for name, cls in classes.items():
        outcome = ('none', None)
        net = None
        for stage in ('construct', 'call', 'parameters'):
            try:
                if stage == 'construct':
                    net = cls()
                elif stage == 'call':
                    net(torch.zeros(2, 3))
                else:
                    list(net.parameters())
            except Exception as problem:
                outcome = (stage, type(problem).__name__)
                break
        assert tuple(predicted[name]) == outcome

@test_case(points=1, hidden=True, 
    failure_message="For some class the first failure is not found. A step can fail with any exception, and each step has to be taken, in this order.")
def test_other_classes(first_failure):
    from torch import nn

    class Careless(nn.Module):

        def __init__(self):
            self.scale = 2.0

        def __call__(self, x):
            return self.scale * x

    class Picky(nn.Module):

        def forward(self, x):
            if tuple(x.shape) != (2, 3) or x.any():
                raise ValueError
            return x

    class Broken(nn.Module):

        def forward(self, x):
            raise KeyError('x')

    class Narrow(nn.Module):

        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 2)

        def forward(self, x):
            return self.linear(x)

    class Closed(nn.Identity):

        def parameters(self, recurse=True):
            raise ZeroDivisionError

    class Unborn(nn.Module):

        def __init__(self):
            raise OSError

    class Forgets(nn.Module):

        def __init__(self):
            self.linear = nn.Linear(3, 3)
    cases = [(Careless, ('parameters', 'AttributeError')), (Picky, ('none', None)), (Broken, ('call', 'KeyError')), (Narrow, ('call', 'RuntimeError')), (Closed, ('parameters', 'ZeroDivisionError')), (Unborn, ('construct', 'OSError')), (Forgets, ('construct', 'AttributeError')), (nn.ReLU, ('none', None)), (nn.Bilinear, ('construct', 'TypeError'))]
    for cls, expected in cases:
        got = first_failure(cls)
        assert len(got) == 2 and (got[0], got[1]) == expected

