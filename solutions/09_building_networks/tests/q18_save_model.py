from otter.test_files import test_case

OK_FORMAT = False

name = "q18_save_model"
points = 7


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A Linear(2, 1) and a ReLU are built, saved and loaded; file_facts holds four booleans.")
def test_two_layers_saved(build, save_model, load_model, file_facts):
    import torch
    from torch import nn
    spec = [['Linear', 2, 1], ['ReLU']]
    net = build(spec)
    assert net is not None, 'build(spec) returned None: expected an nn.Sequential'
    assert isinstance(net, nn.Sequential) and len(net) == 2, 'build should return an nn.Sequential of 2 layers'
    save_model('q18_public.pt', spec, net)
    loaded = load_model('q18_public.pt')
    assert loaded is not None, 'load_model(path) returned None: expected a network'
    x = torch.tensor([[1.0, 2.0], [-3.0, 1.0]])
    want, got = (net(x).detach(), loaded(x).detach())
    assert torch.equal(want, got), f'the loaded network should give {want.tolist()}, got {got.tolist()}'
    assert isinstance(file_facts, dict), 'file_facts should be a dictionary'
    for key in ('lambda_is_saved', 'module_is_loaded', 'branch_is_traced', 'fits_another_activation'):
        assert isinstance(file_facts.get(key), bool), f'file_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Some network does not come back as it was saved, or its file is no plain data. Buffers, dtypes and every number count, as they were when saved.")
def test_round_trip(build, save_model, load_model):

    def probe(build, save_model, load_model, spec, dtype, x):
        import pathlib
        import tempfile
        import torch
        net = build(spec)
        kinds = [type(layer).__name__ for layer in net]
        net = net.to(dtype)
        for _ in range(3):
            net(torch.randn(6, x.shape[1], dtype=dtype) + 2)
        net.eval()
        want = net(x).detach()
        state = {name: value.clone() for name, value in net.state_dict().items()}
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / 'model.pt')
            save_model(path, spec, net)
            with torch.no_grad():
                for tensor in net.state_dict().values():
                    tensor.zero_()
            torch.load(path, weights_only=True)
            loaded = load_model(path)
        training = loaded.training
        found = loaded.state_dict()
        same = found.keys() == state.keys() and all((torch.equal(found[n], state[n]) for n in state))
        dtypes = [v.dtype for v in found.values()] == [v.dtype for v in state.values()]
        trainable = all((p.requires_grad and p.is_leaf for p in loaded.parameters()))
        return (kinds, want, loaded.eval()(x).detach(), training, same and dtypes, trainable)
    import torch
    rng = torch.Generator().manual_seed(110)
    specs = [[['Linear', 5, 8], ['ReLU'], ['Linear', 8, 3]], [['Linear', 5, 4], ['BatchNorm1d', 4], ['Tanh'], ['Dropout', 0.3], ['Linear', 4, 2, False]], [['Flatten'], ['BatchNorm1d', 5, 0.001, 0.4, False], ['Linear', 5, 1]], [['Tanh']]]
    for spec in specs:
        for dtype in (torch.float32, torch.float64):
            x = torch.randn(4, 5, generator=rng, dtype=dtype)
            answer = inside(probe)(build, save_model, load_model, spec, dtype, x)
            kinds, want, got, training, same, trainable = answer
            assert kinds == [entry[0] for entry in spec] and training and same and trainable
            assert torch.allclose(want, got, atol=1e-06) and got.dtype == dtype

@test_case(points=2, hidden=True, 
    failure_message="A layer that is not allowed is built, saved or loaded, or raises something else than a ValueError.")
def test_refused_layers(build, save_model, load_model):

    def probe(build, save_model, load_model, spec):
        import pathlib
        import tempfile
        import torch
        from torch import nn

        def outcome(action, *arguments):
            try:
                action(*arguments)
            except Exception as problem:
                return type(problem).__name__
            return 'nothing'

        def forged(value):
            if isinstance(value, dict):
                return {forged(key): forged(entry) for key, entry in value.items()}
            if isinstance(value, (list, tuple)):
                return type(value)((forged(entry) for entry in value))
            return value.replace('Tanh', spec[-1][0]) if isinstance(value, str) else value
        made = []
        original = nn.Linear.__init__
        nn.Linear.__init__ = lambda self, *args, **kwargs: (made.append(1), original(self, *args, **kwargs))[0]
        try:
            answers = [outcome(build, spec)]
        finally:
            nn.Linear.__init__ = original
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'model.pt'
            answers.append(outcome(save_model, str(path), spec, nn.Sequential(nn.Linear(2, 2), nn.Tanh())))
            written = path.exists()
            good = [['Linear', 2, 2], ['Tanh']]
            save_model(str(path), good, build(good))
            torch.save(forged(torch.load(path, weights_only=True)), path)
            answers.append(outcome(load_model, str(path)))
        return (answers, written, len(made))
    for name in ('Sigmoid', 'Softplus', 'print(1)', 'Module', 'linear', 'init'):
        spec = [['Linear', 2, 2], [name]]
        assert inside(probe)(build, save_model, load_model, spec) == (['ValueError'] * 3, False, 0)

@test_case(points=2, hidden=True, 
    failure_message="At least one of the four statements is wrong. Each is decided by two lines.")
def test_file_facts(file_facts):
    import io
    import torch
    from torch import fx, nn

    def works(action):
        try:
            action()
        except Exception:
            return False
        return True

    class Doubling(nn.Module):

        def __init__(self):
            super().__init__()
            self.scale = lambda x: 2 * x

    class Branching(nn.Module):

        def forward(self, x):
            if x.sum() > 0:
                return x
            return -x
    file = io.BytesIO()
    torch.save(nn.Linear(2, 2), file)
    file.seek(0)
    state = nn.Sequential(nn.Linear(2, 2), nn.Tanh()).state_dict()
    other = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert file_facts['lambda_is_saved'] is works(lambda: torch.save(Doubling(), io.BytesIO()))
    assert file_facts['module_is_loaded'] is works(lambda: torch.load(file))
    assert file_facts['branch_is_traced'] is works(lambda: fx.symbolic_trace(Branching()))
    assert file_facts['fits_another_activation'] is works(lambda: other.load_state_dict(state))

